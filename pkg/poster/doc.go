// Package poster writes mosaics as pictures: a [Poster] of up to 65,500 pixels a side as one JPEG,
// its [Preview], an [Atlas] of its tiles, a page to print ([WritePDF]) and a Deep Zoom pyramid
// ([WritePyramid]). It does no I/O but through the writers it is given.
//
// # How it works
//
// A mosaic repeats a few hundred tiles tens of thousands of times. So each tile is transformed,
// quantised and Huffman-coded once, and the poster is composed of the bits. Baseline JPEG allows that
// by the way it codes a block of 8 x 8 samples (clauses are those of ITU-T T.81, 1992):
//
//   - A tile whose side is a multiple of the minimum coded unit (A.2.3: 16 pixels with 4:2:0, else 8)
//     shares no unit with its neighbours. Its samples are converted, shifted to signed numbers
//     (A.3.1), transformed (A.3.3) and quantised (A.3.4) on their own.
//   - The 63 AC coefficients of a block are coded by themselves (F.1.2.2): their bits are the same in
//     every cell.
//   - The DC coefficient is coded as its difference to that of the component's previous block
//     (F.1.2.1). Within a tile it is always the same. Only the first block of Y, of Cb and of Cr in each
//     of the tile's rows of units follows a block of another tile.
//   - The DC coefficient is eight times the mean of the block. A uniform tint adds the same number to
//     all of them, and changes those three differences only.
//
// So a tile's row of units is three stretches of bits, each after a DC difference that is looked up for
// the cell. They are copied 64 bits at a time, and a 0 is stuffed after each byte of ones (F.1.2.3). The
// shift of a cell is rounded to a quantisation step, and limited so that no code is larger than Table F.1
// allows.
//
// A shading is different in each block, but smooth: its mean changes DC, its slopes the first AC coefficient of each
// direction (ramp.go). The blocks of such a cell get these three anew; the bits behind them are copied. The first symbol
// behind them counts the zeros before it (F.1.2.2), so that it is looked up, too. That takes about six times as long as
// whole stretches. Huffman tables are then made of a sample of the rows, and have a code for every symbol.
//
// Otherwise the Huffman tables are optimal for the poster (K.2, with lengths limited to 16 bits; codes are assigned
// by C.2). Symbols inside of tiles are counted once and weighted by the tiles' uses; the differences
// between tiles are counted cell by cell. The quantisation tables are those of K.1, scaled as libjpeg does.
//
// Every row of units is a restart interval (B.2.4.4, E.1.4), so that rows do not depend on each other: they
// are composed on all cores and written in order. Memory is for the coded tiles, the plan and some rows for
// each core, and does not grow with the poster's pixels. The same input gives the same bytes on any number
// of cores, and on every kind of processor if the tiles need no scaling.
//
// A cell that is cut, by the poster's edge or by half a brick, is a segment of a tile and coded by itself.
// Cells that span 2 or 4 others are tiles of another size.
//
// # The file
//
// SOI, APP0 (JFIF with the density), APP2 (an ICC profile of sRGB), two DQT, SOF0, four DHT, DRI, SOS,
// and the rows with RST0 to RST7 between them, EOI.
package poster
