/// The types of parameters and columns by their object identifiers, which are the same everywhere.
enum PostgreSQLType: UInt32 {
  case boolean = 16
  case bytea = 17
  case name = 19
  case bigint = 20
  case smallint = 21
  case integer = 23
  case text = 25
  case oid = 26
  case byteaArray = 1001
  case textArray = 1009
  case bigintArray = 1016
  case varchar = 1043
  case void = 2278
  case uuid = 2950
  case uuidArray = 2951
}
