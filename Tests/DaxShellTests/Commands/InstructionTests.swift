import Foundation
import Testing

@testable import DaxModel
@testable import DaxShell

@Suite("Instructions of zPCI in the shell")
struct InstructionTests {
  @Test("An instruction is run on a function that stands for any")
  func example() throws {
    var shell = TestShell()
    let load = try shell.result("insn PCILG len=4 offset=4")
    #expect(load["cc"] == 0)
    #expect(load["status"] == nil)
    #expect(load["program"] == nil)
    #expect(load["data"] == "0x11223344")
    #expect(load["request"] == "0x8002000100000004")
    #expect(load["on"] == "example")
    let crossing = try shell.result("insn pcilg len=8 offset=4")
    #expect(crossing["cc"] == nil)
    #expect(crossing["program"] == "PGM_OPERAND")
    #expect(crossing["code"] == "0x0015")
    #expect(crossing["rule"] == "lengthInDoubleword")
    #expect(crossing["errno"] == "ENXIO")
    let refused = try shell.result("insn PCILG state=error")
    #expect(refused["cc"] == 1)
    #expect(refused["status"] == 12)
    #expect(refused["request"] == "0x800200010c000008")
    #expect(try shell.result("insn PCILG len=8 offset=3 rules=lenient")["cc"] == 0)
    #expect(try shell.result("insn PCISTB len=64 region=plain-ram")["program"] == "PGM_OPERAND")
    #expect(try shell.result("insn PCISTB len=64 guest_memory=unmapped")["kind"] == "access_exception")
    #expect(try shell.result("insn STPCIFC state=blocked ioat=registered")["fib_fc"] == "0xd0")
    let fall = try shell.result("insn RPCIT")
    #expect(fall["state"] == "error")
    #expect(fall["event"] == "0x0001")
    #expect(try shell.result("insn PCIWB")["program"] == "PGM_OPERATION")
    #expect(try shell.result("insn PCIWB mio=yes")["cc"] == 0)
    #expect(try shell.result("insn PCILG zpci=no")["program"] == "PGM_OPERATION")
    #expect(try shell.result("insn")["rows"].elements.count == ZpciInstruction.allCases.count)
    #expect(shell.digest == TestShell().digest)
  }

  @Test("On s390x it is run on the machine's function, as one moment of the history")
  func ownFunction() throws {
    var shell = TestShell()
    shell.run("new arch=s390x")
    let step = try shell.step()
    let store = try shell.result("insn PCISTG data=0xabcd len=2 offset=0x40")
    #expect(store["on"] == "machine")
    #expect(store["bytes"] == "ab cd")
    #expect(try shell.result("insn PCILG len=2 offset=0x40")["data"] == "0xabcd")
    #expect(try shell.step() != step)
    #expect(try shell.result("zpci")["functions"][0]["stores"] == 1)
    shell.run("back 1")
    #expect(try shell.result("zpci")["functions"][0]["loads"] == 0)
    let other = try shell.result("insn PCILG len=2 fh=0x80020009")
    #expect(other["cc"] == 3)
  }

  @Test("Power, states, and the cookies that work again")
  func power() throws {
    var shell = TestShell()
    #expect(shell.run("zpci").contains("x86_64 has no zPCI"))
    #expect(shell.complaint("zpci off").contains("new arch=s390x"))
    shell.run("new arch=s390x")
    #expect(try shell.result("zpci off")["functions"][0]["present"] == false)
    #expect(try shell.result("insn PCILG")["cc"] == 3)
    shell.run("zpci on")
    #expect(try shell.result("insn PCILG")["cc"] == 0)
    shell.run("zpci error")
    #expect(try shell.result("insn PCILG")["status"] == 12)
    #expect(try shell.result("insn MPCIFC oc=9")["state"] == "blocked")
    #expect(try shell.result("insn PCILG")["cc"] == 0)
    #expect(try shell.result("zpci")["iomap"].elements.count == 3)
    #expect(try shell.result("info zpci") == shell.result("zpci"))
    #expect(shell.complaint("zpci broken").contains("no state is called"))
  }

  @Test("A change of the function is told in a sentence, without the table of cookies")
  func changes() {
    var shell = TestShell()
    shell.run("new arch=s390x")
    #expect(shell.run("zpci").contains("\ncookies:\n"))
    for (line, words) in [
      ("zpci off", "has no power"), ("zpci on", "is in state enabled"), ("zpci error", "condition code 1"),
      ("zpci disabled", "handle 0x00020001, is in state disabled"),
    ] {
      let text = shell.run(line).split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
      #expect(text.contains(words) && !text.contains("cookies:"), "\(text)")
    }
  }

  @Test("A broken rule is called broken, and what came to nothing is said in the instruction's own terms")
  func refusals() {
    var shell = TestShell()
    func text(_ line: String) -> String {
      shell.run(line).split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
    }
    #expect(
      text("insn MPCIFC oc=7").contains(
        "Decided by sequence, which is not met: The operation fits what was done before."))
    #expect(text("insn MPCIFC oc=7").hasSuffix("Nothing is changed."))
    #expect(text("insn MPCIFC oc=10 fmb_addr=1").contains("Measuring stops."))
    #expect(
      text("insn MPCIFC oc=6 ioat=registered pba=0").contains("The translation that was registered is gone."))
    #expect(text("insn MPCIFC oc=4 pba=0").hasSuffix("Nothing is changed."))
    #expect(text("insn STPCIFC fib_addr=1").hasSuffix("Nothing is stored."))
    #expect(text("insn RPCIT r2=1").hasSuffix("Nothing is refreshed."))
    #expect(
      text("insn RPCIT iota=registered pal=0xffffffffff dma_avail=0").contains(
        "The function looks at its translation tables again."))
    #expect(text("insn PCILG len=9").hasSuffix("Nothing is moved."))
    #expect(text("insn PCIWB mio=no").hasSuffix("Nothing is waited for."))
  }

  @Test("Which address spaces there are depends on the instruction")
  func spaces() throws {
    var shell = TestShell()
    for (name, has) in [("PCILG", true), ("PCISTG", true), ("PCISTB", false)] {
      let rule = try shell.result("explain \(name)")["checks"].elements.first { $0["rule"] == "spaceDefined" }
      #expect(rule?["what"].text?.contains("or 15") == has)
    }
    let stores = shell.run("explain PCISTB")
    #expect(stores.ranges(of: "an oops").count == 1)
    #expect(shell.run("explain blockSourceMapped").contains("If not: access exception"))
  }

  @Test("Outcomes are asked for, listed, and forgotten")
  func planned() throws {
    var shell = TestShell()
    #expect(shell.complaint("inject PCILG cc=2").contains("no zPCI functions"))
    shell.run("new arch=s390x")
    let armed = try shell.result("inject PCILG cc=2 times=2 nth=2")
    #expect(armed["armed"] == true)
    #expect(try shell.result("inject PCISTG program=operand")["program"] == "PGM_OPERAND")
    #expect(try shell.result("inject PCISTB cc=1 status=12")["status"] == 12)
    #expect(try shell.result("inject")["rows"].elements.count == 3)
    var codes: [JSON] = []
    for _ in 0..<4 { codes.append(try shell.result("insn PCILG")["cc"]) }
    #expect(codes == [0, 2, 2, 0])
    #expect(try shell.result("insn PCISTG")["planned"] == true)
    shell.run("inject clear")
    #expect(try shell.result("inject")["rows"] == [])
    #expect(shell.complaint("inject PCILG").contains("how is it to end?"))
    #expect(shell.complaint("inject PCILG cc=2 status=4").contains("only condition code 1"))
    #expect(shell.complaint("inject PCILG program=operand cc=1").contains("no condition code"))
    #expect(shell.complaint("inject PCILG program=soup").contains("no program interruption"))
    #expect(shell.complaint("inject devm_kzalloc ENOMEM cc=2").contains("is about an instruction"))
    #expect(shell.complaint("inject PCILG cc=2 nth=0").contains("counts from 1"))
  }

  @Test("What an address is on either architecture")
  func addresses() throws {
    var shell = TestShell()
    shell.run("probe")
    let window = try shell.result("x window+0x40 1")
    #expect(window["fault"] == nil)
    #expect(window["rows"][0]["value"] == "0x8000000040")
    #expect(window["architectures"][0]["arch"] == "x86_64")
    #expect(window["architectures"][0]["outcome"] == "data")
    let there = window["architectures"][2]
    #expect(there["arch"] == "s390x")
    #expect(there["same_place"] == true)
    #expect(there["address"] == "0x4001000000000040")
    #expect(there["outcome"] == "oops 0038")
    #expect(there["kind"] == "cookie-dereference")
    shell.run("new arch=s390x")
    let cookie = try shell.result("x window+0x40 2")
    #expect(cookie["rows"] == [])
    #expect(cookie["fault"].text?.contains("0x4001000000000040, oops 0038") == true)
    #expect(cookie["architectures"][2]["arch"] == "x86_64")
    #expect(cookie["architectures"][2]["outcome"] == "data")
    #expect(shell.run("x window 1").contains("the same place of the window if its physical address"))
    #expect(!shell.run("new", "probe", "x window 1").contains("if its physical address"))
    shell.run("new arch=s390x")
    #expect(try shell.result("x 0 1")["architectures"][0]["outcome"] == "data")
  }

  @Test("Explanations and completion")
  func texts() throws {
    var shell = TestShell()
    for topic in [
      "zpci", "cookie", "mio", "cc", "0038", "assume", "copy_to_iter", "iov_iter", "engine", "bus",
    ] {
      #expect(try shell.result("explain \(topic)")["topic"].text == topic)
    }
    #expect(try shell.result("explain copy")["function"] == "copy")
    for instruction in ZpciInstruction.allCases {
      let result = try shell.result("explain \(instruction.rawValue)")
      #expect(result["checks"].elements.count == instruction.rules(under: .strict).count)
    }
    #expect(try shell.result("explain blockInPage")["insns"] == ["PCISTB", "PCISTBI"])
    func candidates(_ line: String) -> [String] {
      shell.session.completions(in: line, cursor: line.utf8.count).candidates.map { $0.text }
    }
    #expect(candidates("insn PCIST") == ["PCISTG", "PCISTB", "PCISTGI", "PCISTBI"])
    #expect(candidates("insn PCILG reg") == ["region="])
    #expect(candidates("insn PCILG region=pl") == ["plain-ram"])
    #expect(candidates("zpci perm") == ["permanent_error"])
    #expect(candidates("inject PCIL") == ["PCILG", "PCILGI"])
    #expect(candidates("explain RPC") == ["RPCIT"])
    #expect(shell.complaint("insn PCILX").contains("did you mean `PCILG`"))
    #expect(shell.complaint("insn PCILG state=broken").contains("no state is called"))
    #expect(shell.complaint("insn PCILG lenn=8").contains("did you mean `len`"))
    #expect(shell.complaint("insn len=8").contains("which instruction?"))
    #expect(shell.run("help insn").contains("ioat=  for MPCIFC and STPCIFC:"))
    #expect(shell.run("help insn").contains("iota=  for RPCIT:"))
  }

  /// The names of the table's fields are those of the command, and so is what it promises.
  @Test("Every row of the table of instructions, written as a line")
  func table() throws {
    let path = "Tests/DaxModelTests/Fixtures/zpci-instructions.json"
    let data = try Data(contentsOf: TestHost.root.appending(path: path))
    let rows = try JSONDecoder().decode(JSON.self, from: data)["cases"].elements
    #expect(rows.count >= 102)
    var shell = TestShell(.json)
    for row in rows {
      guard case .record(let inputs) = row["inputs"], case .record(let device) = row["device"] else {
        continue
      }
      let fields = device.merging(inputs) { $1 }.sorted { $0.key < $1.key }
      guard fields.allSatisfy({ InstructionField(rawValue: $0.key) != nil }) else { continue }
      let name = row["insn"].text ?? ""
      let line = "insn \(name) " + fields.map { "\($0.key)=\(Self.word($0.value))" }.joined(separator: " ")
      let result = try shell.result(line)
      let expect = row["expect"]
      #expect(result["kind"] == expect["kind"], "\(line)")
      #expect(result["cc"] == expect["cc"], "\(line)")
      #expect(result["status"] == expect["status"], "\(line)")
      #expect(result["program"] == expect["name"], "\(line)")
      #expect(result["code"] == expect["code"], "\(line)")
      if expect.names.contains("fib_fc") { #expect(result["fib_fc"] == expect["fib_fc"], "\(line)") }
      if expect.names.contains("new_state") { #expect(result["state"] == expect["new_state"], "\(line)") }
      if expect.names.contains("counter") { #expect(result["counter"] == expect["counter"], "\(line)") }
      if expect["event"].isHex { #expect(result["event"] == expect["event"], "\(line)") }
    }
  }

  private static func word(_ value: JSON) -> String {
    switch value {
    case .bool(let flag): flag ? "yes" : "no"
    case .number(let number): "\(number)"
    default: value.text ?? ""
    }
  }
}
