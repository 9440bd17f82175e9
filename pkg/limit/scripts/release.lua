-- release gives back what is held under an id. ARGV: the id.
return release(ARGV[1])
