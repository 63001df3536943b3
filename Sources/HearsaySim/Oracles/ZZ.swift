import Glibc
let getenvDebug = unsafe getenv("TT") != nil
