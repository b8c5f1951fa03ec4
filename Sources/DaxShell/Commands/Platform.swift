import DaxModel

/// What a machine is apart from its Linux and its devices: the architecture, and on s390x what belongs to it.
struct Platform {
  var architecture = Architecture.x86_64
  /// What is taken to be different on s390x.
  var assumption: Assumption?
  /// How zPCI works on s390x.
  var zpci = Zpci()

  /// The rules by the names that `new` takes.
  static let rules: [(name: String, rules: ZpciRules)] = [
    ("strict", .strict), ("lenient", .lenient), ("emulation", .emulation),
  ]

  /// The name of the machine's rules.
  var rulesName: String? { Platform.rules.first { $0.rules == zpci.rules }?.name }

  init() {}

  /// The platform of a machine.
  init(_ configuration: MachineConfiguration) {
    architecture = configuration.release.architecture
    assumption = configuration.assumption
    zpci = configuration.zpci
  }

  /// The options `arch`, `assume`, `mio` and `zpci` of `new`.
  init(_ line: Invocation) throws(Diagnostic) {
    architecture =
      try line.choice("arch", among: Architecture.allCases.map { $0.rawValue })
      .flatMap(Architecture.init(rawValue:)) ?? .x86_64
    guard architecture == .s390x else {
      for name in ["assume", "mio", "zpci"] {
        guard let token = line[option: name] else { continue }
        throw Diagnostic(
          "`\(name)` is about s390x, and this machine is x86_64", at: token, hint: "add arch=s390x")
      }
      return
    }
    assumption =
      try line.choice("assume", among: Assumption.allCases.map { $0.rawValue })
      .flatMap(Assumption.init(rawValue:))
    let rules = try line.choice("zpci", among: Platform.rules.map { $0.name }) ?? "strict"
    zpci = Zpci(
      rules: Platform.rules.first { $0.name == rules }?.rules ?? .strict,
      hasMIO: try line.choice("mio", among: ["yes", "no"]) == "yes")
  }

  /// A machine of this platform.
  func machine(_ release: KernelRelease, _ devices: [MachineConfiguration.Device]) -> MachineConfiguration {
    var configuration = MachineConfiguration(release: release.built(for: architecture), devices: devices)
    configuration.assumption = assumption
    configuration.zpci = zpci
    return configuration
  }

  /// Refuses what the architecture does not have.
  func check(_ transport: Transport, at token: Token) throws(Diagnostic) {
    guard architecture == .s390x, transport == .mmio else { return }
    throw Diagnostic(
      "there is no virtio-mmio on s390x", at: token,
      hint: "there are pci and ccw; ccw is how virtio devices are attached there as a rule")
  }

  /// Refuses a release that would not use the machine's MIO.
  func check(_ release: KernelRelease, at token: Token) throws(Diagnostic) {
    guard zpci.hasMIO, !release.built(for: architecture).has(.usesMio) else { return }
    throw Diagnostic(
      "Linux \(release.name) does not use MIO", at: token, hint: "MIO came with 5.2; leave mio=yes out")
  }

  /// Refuses an address for the window where Linux does not see one.
  func checkBase(_ token: Token?) throws(Diagnostic) {
    guard let token, architecture == .s390x, assumption != .memory else { return }
    let instead = zpci.hasMIO ? "an MIO mapping" : "an iomem cookie"
    throw Diagnostic(
      "on s390x a BAR has no address: Linux gives it \(instead)", at: token,
      hint: "assume=memory takes the window to be memory, which has one")
  }

  /// One sentence each: what is special about addresses here, and what is taken to be different.
  func remarks(_ chosen: VirtioDevice) -> [String] {
    guard architecture == .s390x, chosen.transport == .pci else { return [] }
    var remarks: [String] = []
    if assumption != .memory {
      remarks.append(
        zpci.hasMIO
          ? "The address is an MIO mapping: page tables know it, but only the MIO instructions may use it."
          : "The address is an iomem cookie: a number that stands for a BAR, and nothing is mapped there.")
    }
    switch assumption {
    case .remap: remarks.append("Assumed: memory hot-plug takes that number for an address and succeeds.")
    case .memory: remarks.append("Assumed: the window is ordinary memory of the guest, not PCI memory.")
    case .none: break
    }
    return remarks
  }
}

extension Session {
  /// The platform of the present machine.
  var platform: Platform { Platform(machine.configuration) }

  /// Every release, built for the architecture of the present machine.
  var builds: [KernelRelease] { KernelRelease.all.map { $0.built(for: release.architecture) } }
}
