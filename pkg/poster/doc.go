// Package poster writes mosaics as pictures: a [Poster] of up to 65,500 pixels a side as one JPEG,
// its [Preview], an [Atlas] of its tiles, a page to print ([WritePDF]) and a Deep Zoom pyramid
// ([WritePyramid]). It knows pixels and bytes; no network, no files.
//
// # How it works
//
// A mosaic repeats a few hundred tiles tens of thousands of times. Drawing it and encoding the
// drawing would do the same transform again for every repetition. Here each tile is transformed,
// quantised and Huffman-coded once, and a poster is composed of the bits. What makes that possible
// is how baseline JPEG codes a block of 8 x 8 samples (clauses are those of ITU-T T.81, 1992):
//
//   - A tile whose side is a multiple of the minimum coded unit (A.2.3: 16 pixels with 4:2:0, else 8)
//     shares no unit with its neighbours. Its samples are converted, shifted to signed numbers
//     (A.3.1), transformed (A.3.3) and quantised (A.3.4) without looking at them.
//   - The 63 AC coefficients of a block are coded by themselves (F.1.2.2). Their bits are the same
//     wherever the tile stands.
//   - The DC coefficient is coded as its difference to that of the component's block before
//     (F.1.2.1). Inside of a tile the difference is always the same. Only the first block of Y, of Cb
//     and of Cr in each of the tile's rows of units comes after a block of another tile.
//   - The DC coefficient is eight times the mean of the block. A tint that is uniform over the tile
//     adds the same number to all of them and changes nothing but, again, those three differences.
//
// So a tile's row of units is three stretches of bits, each behind a DC difference that is looked up
// for the cell. They are copied 64 bits at a time, and a 0 is stuffed after each byte of ones
// (F.1.2.3). The shift of a cell is rounded to a whole quantisation step, and limited so that every
// block's mean stays near what samples of 8 bits can have: no code is larger than Table F.1 allows.
//
// The Huffman tables are the best for the poster at hand (K.2, with lengths limited to 16 bits; the
// codes are assigned as C.2 says). What is inside of tiles is counted once and weighted by their
// uses, and the differences between tiles are counted cell by cell, so that every symbol that occurs
// has a code. The quantisation tables are those of K.1, scaled as libjpeg does.
//
// Every row of units is a restart interval (B.2.4.4, E.1.4), at whose start predictions begin at 0:
// rows do not depend on each other. They are composed on all cores and written in order. Memory is
// for the coded tiles, the plan and some rows for each core, and does not grow with the poster's
// pixels. The same input gives the same bytes, so that a broken upload can go on where it ended
// ([Poster.WriteFrom]): on any number of cores, and on every kind of processor if the tiles come at
// the cells' side and need no scaling.
//
// A cell that is cut, by the poster's edge or by half a brick, is a tile of fewer columns of units;
// it is coded for itself. Cells that span 2 or 4 others are tiles of another size.
//
// # The file
//
// SOI, APP0 (JFIF with the density), APP2 (an ICC profile of sRGB), two DQT, SOF0, four DHT, DRI, SOS,
// and the rows with RST0 to RST7 between them, EOI.
package poster
