extension ZpciRule {
  /// The same for one instruction.
  public func note(for instruction: ZpciInstruction) -> Note {
    switch (self, instruction) {
    case (.spaceDefined, .pcistb):
      Note(
        "The address space must be 0 to 5, a BAR.",
        why: "Configuration space, 15, is not written in blocks. Four bits of the field are looked at.")
    case (.spaceDefined, _):
      Note(
        "The address space must be 0 to 5, a BAR, or 15, the configuration space.",
        why: "Four bits of the field are looked at.")
    default: note
    }
  }

  /// The rule in a sentence, and why it is there or what surprises.
  public var note: Note {
    switch self {
    case .zpciInstalled:
      Note(
        "The machine must have the PCI facility.",
        why: "Without it the operation code means nothing to the processor.")
    case .mioInstalled:
      Note(
        "The machine must have the MIO facility.",
        why:
          "It came with z15, and the usual emulation does not have it: the forms that take a handle remain.")
    case .supervisorState:
      Note(
        "The processor must be in supervisor state.",
        why: "A handle reaches any function, so programs may not use it. The MIO forms are open to them.")
    case .evenRegisterPair:
      Note(
        "The number of R2 must be even.", why: "R2 and the register behind it are taken together, as a pair.")
    case .handleEnabled:
      Note(
        "The handle must be one of an enabled function: bit 0x80000000 is set.",
        why: "Enabling a function gives it a new handle; the old one is worth nothing.")
    case .handleKnown:
      Note(
        "A function must have exactly this handle.",
        why:
          "It is looked up by its index, then the whole handle is compared, so that a stale one is refused.")
    case .indexKnown:
      Note(
        "A function must have this index.",
        why: "STPCIFC looks at nothing else of the handle: it is asked about functions in trouble, too.")
    case .functionUsable:
      Note(
        "The function must not be in error state.",
        why: "A fault of its DMA stops it altogether. In state blocked, only DMA is still stopped.")
    case .functionConfigured:
      Note(
        "The function must be enabled, blocked or in error.",
        why: "A permanent error counts as an invalid handle here; for loads and stores it is status 12.")
    case .functionPlugged:
      Note("The function must be configured.", why: "One that is reserved or standing by has no controls.")
    case .functionEnabledAsHandle:
      Note("The handle of a disabled function must not be an enabled one.")
    case .functionNotInRecovery:
      Note(
        "The function must not be in error state.",
        why: "Translations are of no use while DMA is stopped: the error is to be reset first.")
    case .functionNotLost:
      Note("The function must not be in permanent error state.")
    case .spaceDefined:
      Note(
        "The address space must be 0 to 5, a BAR; for PCILG and PCISTG also 15, the configuration space.",
        why: "Four bits of the field are looked at.")
    case .lengthInDoubleword:
      Note(
        "The length is 1 to 8, and the bytes lie within one doubleword.",
        why: "So the emulation has it. Whether hardware asks for more than one page is UNCONFIRMED.")
    case .lengthInPage:
      Note(
        "The length is 1 to 8, and the bytes lie within 4096 bytes.",
        why: "What the text of 80df7d6af7f6 asks for. For the MIO forms no source says more: UNCONFIRMED.")
    case .configLengthInWord:
      Note(
        "In configuration space the length is 1, 2 or 4, and the bytes lie within one word.",
        why: "3 is refused even where it would fit.")
    case .regionAccepts:
      Note(
        "What lies behind the BAR must take the access.",
        why:
          "Registers refuse widths that they do not have. Under the emulation, plain memory such as the DAX "
          + "window refuses everything.")
    case .addressMapped:
      Note("A BAR must be mapped at the address.", why: "MIO addresses go through the page tables.")
    case .blockOffsetAligned: Note("The offset is a multiple of 8.")
    case .blockLength:
      Note(
        "The length is more than 8, a multiple of 8, and no more than the longest of the function's group.",
        why: "The longest is 128 bytes unless the group says otherwise.")
    case .blockInPage:
      Note(
        "The block does not cross a 4096-byte boundary of the offset.",
        why: "Linux since 6.8 watches the boundary of the memory side instead, and can break this rule.")
    case .blockSourceAligned: Note("The address of the source is a multiple of 8.")
    case .blockSourceMapped:
      Note(
        "The source is there to be read.",
        why: "It is read last, when nothing else can fail any more.")
    case .translationRegistered:
      Note(
        "A translation of DMA addresses must be registered.",
        why: "If not, the function goes into error state and reports event 0x0001.")
    case .rangeTranslated:
      Note(
        "The range must touch the registered DMA addresses.",
        why: "If not, the function goes into error state and reports event 0x0002.")
    case .tablesValid:
      Note(
        "The translation tables must be sound.",
        why:
          "If not, the function goes into error state and reports what is wrong with them, 0x0003 to 0x0009.")
    case .dmaCredits:
      Note(
        "There must be room for the mappings.",
        why: "The refresh is done and counted all the same. Linux is to give mappings back and try again.")
    case .blockAligned: Note("The address of the function information block is a multiple of 8.")
    case .blockMapped: Note("The function information block is there to be read and written.")
    case .blockFormat: Note("The function information block has format 0.")
    case .operationKnown: Note("The operation is 2 to 7, 9 or 10.")
    case .dmaSpaceZero:
      Note(
        "The DMA address space is 0.",
        why: "There is just one. STPCIFC looks at this before all else but the problem state.")
    case .sequence:
      Note(
        "The operation fits what was done before.",
        why:
          "Nothing is registered twice, nothing deregistered that is not, and no error reset that there is not."
      )
    case .dmaRange:
      Note(
        "The DMA addresses to translate begin before they end, and not below 0x100000000.",
        why: "The emulation raises the exception and also leaves status 16.")
    case .measurementAligned:
      Note(
        "The address of the measurement block has no bits among its lowest four.",
        why: "If it has, measuring stops and event 0x002c is reported; the status is left as it was.")
    }
  }
}
