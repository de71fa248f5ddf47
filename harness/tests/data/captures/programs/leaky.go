// Keeps 1,024 bytes in each of so many iterations, and a table. What it takes once is no leak.
// usage: leaky ITERATIONS PROFILE RATE
package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
)

var list [][]byte
var table []byte

//go:noinline
func keep() {
	list = append(list, make([]byte, 1024))
}

//go:noinline
func setUp() {
	list = make([][]byte, 0, 1<<18)
	table = make([]byte, 65536)
}

func main() {
	iterations, _ := strconv.Atoi(os.Args[1])
	runtime.MemProfileRate, _ = strconv.Atoi(os.Args[3])
	setUp()
	for number := 0; number < iterations; number++ {
		keep()
	}
	runtime.GC()
	runtime.GC()
	file, _ := os.Create(os.Args[2])
	if len(os.Args) > 4 {
		pprof.Lookup("heap").WriteTo(file, 1)
	} else {
		pprof.WriteHeapProfile(file)
	}
	file.Close()
	runtime.KeepAlive(list)
}
