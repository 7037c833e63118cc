import PlanStorageContract

@main
struct Main {
  static func main() {}
}
