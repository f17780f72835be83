import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { fixturePath } from "../support/hubbleFixture.ts";
import { runHubbleLens } from "../support/runHubbleLens.ts";

const tutorial = fixturePath("tutorial/flows.jsonl");

describe("what is typed wrongly is said, and the exit status is 1", { concurrency: 3 }, () => {
  const wrong: readonly [string[], RegExp][] = [
    [["obsreve"], /^unknown command obsreve; there are observe, check, tally, demo-relay\n$/],
    [["observe", "--fllow"], /^observe: There is no flag --fllow; did you mean --follow\?.*--help.*\n$/],
    [["observe", "--last", "x"], /“x”: --last takes a whole number/],
    [["observe", "-o", "xml"], /“xml”: --output takes compact, dict, table, jsonpb or json/],
    [["observe", "--server", "a b"], /--server takes host:port/],
    [["observe", "--last", "1", "--first", "2"], /--(first|last) and --(first|last) cannot be combined/],
    [["observe", "--last", "1", "--all"], /--last and --all cannot be combined/],
    [["observe", "--first", "1", "-f"], /--first and --follow cannot be combined/],
    [["observe", "--since", "yesterday"], /“yesterday”: --since takes a duration/],
    [["observe", "-o", "table", "-f"], /table and --follow cannot be combined/],
    [["observe", "--field-mask", "time"], /--field-mask needs --output jsonpb/],
    [["observe", "--field-mask", "time,a.b", "-o", "json"], /--field-mask: a flow has no “a\.b”/],
    [["observe", "--verdict", "DROPED"], /DROPED/],
    [["observe", "--pod", "a", "--from-pod", "b"], /--from-pod and --pod cannot be combined/],
    [["observe", "--http-path", "(", "--server", "127.0.0.1:1"], /^observe: --http-path: .*RE2/],
    [["observe", "--to-ip", "10.0.0.0/99", "--input-file", tutorial], /--to-ip: "10\.0\.0\.0\/99"/],
    [["observe", "--cel-expression", "((", "--input-file", tutorial], /^observe: --cel-expression: /],
    [["observe", "--tls"], /--tls is not supported yet: forward a port/],
    [["observe", "--server", "tls://a:1"], /tls:\/\/ is not supported yet/],
    [["observe", "-P"], /--port-forward is not supported yet/],
    [["observe", "--kube-context", "a"], /--kube-context is not supported yet/],
    [["observe", "--config", "a"], /--config is not supported yet/],
    [["observe", "agent-events"], /agent-events tells of agents/],
    [["observe", "--rule", "default/a:spec.ingress[0]"], /add --policy-file FILE/],
    [["observe", "--policy-file", "a"], /--policy-file is for --rule only/],
    [["observe", "--input-file", tutorial, "-P"], /--input-file and --port-forward cannot be combined/],
    [["observe", "--print-raw-filters", "--field-mask", "a.b", "-o", "json"], /a flow has no “a\.b”/],
    [["observe", "--input-file", join(projectRoot, "none")], /^There is no file .*none\.\n$/],
    [["observe", "--input-file", join(projectRoot, "src")], /is a folder with .* files, but none with flows/],
    [["observe", "--input-file", join(projectRoot, "LICENSE")], /holds no flows|no file/],
  ];
  for (const [args, message] of wrong) {
    test(args.join(" "), async () => {
      const { stdout, stderr, exitStatus } = await runHubbleLens(...args);
      assert.deepEqual([stdout, exitStatus, stderr.match(/\n/g)?.length], ["", 1, 1]);
      assert.match(stderr, message);
    });
  }

  test("help and version are printed, and are no error", async () => {
    const outputs: readonly [string[], RegExp, number][] = [
      [["--help"], /observe {6}print flows[^]*demo-relay/, 0],
      [["observe", "--help"], /Which flows:[^]*-t, --type TYPE[^]*--input-file FILE/, 0],
      [["tally", "-h"], /--policy FILE/, 0],
      [["--version"], /^\d+\.\d+\.\d+\n$/, 0],
      [[], /hubble-lens COMMAND/, 1],
    ];
    for (const [args, expected, exitStatus] of outputs) {
      const result = await runHubbleLens(...args);
      assert.match(result.stdout, expected);
      assert.equal(result.exitStatus, exitStatus);
    }
  });
});
