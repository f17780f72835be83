import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { chooseContext } from "../../src/cluster/chooseContext.ts";
import { ClusterError } from "../../src/cluster/clusterError.ts";
import { kubeconfigFiles, readKubeconfig } from "../../src/cluster/kubeconfig.ts";
import { checkNode } from "../../src/cluster/checkNode.ts";
import { listContexts } from "../../src/cluster/listContexts.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hubble-lens-kubeconfig-"));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

const first = `
apiVersion: v1
kind: Config
current-context: prod
clusters:
  - name: prod
    cluster: { server: "https://prod.example:6443/", certificate-authority: pki/ca.crt }
  - name: shared
    cluster: { server: "https://first.example" }
contexts:
  - { name: prod, context: { cluster: prod, user: jane, namespace: shop } }
  - { name: shared, context: { cluster: shared, user: jane } }
users:
  - { name: jane, user: { client-certificate: jane.crt, client-key: jane.key, tokenFile: /var/run/token } }
`;
const second = `
current-context: kind
clusters:
  - { name: shared, cluster: { server: "https://second.example" } }
  - { name: kind, cluster: { server: "https://127.0.0.1:6443" } }
contexts:
  - { name: kind, context: { cluster: kind, user: login } }
  - { name: open, context: { cluster: kind } }
users:
  - { name: jane, user: { token: second } }
  - { name: login, user: { exec: { command: bin/login, args: [a] } } }
  - { name: path, user: { exec: { command: login } } }
`;

/** Writes files into a folder of their own, each of which holds its own directory in `DIR`. */
async function write(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(folder, "case-"));
  for (const [name, text] of Object.entries(files)) {
    const file = join(directory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return directory;
}

test("files are found as kubectl finds them", () => {
  const home = { HOME: "/home/jane" };
  const cases: readonly [
    paths: readonly string[],
    environment: Record<string, string>,
    files: readonly string[],
  ][] = [
    [[], home, ["/home/jane/.kube/config"]],
    [[], { ...home, KUBECONFIG: "" }, ["/home/jane/.kube/config"]],
    [[], { ...home, KUBECONFIG: ["/a", "", "/b", "/a"].join(delimiter) }, ["/a", "/b"]],
    [["/c", "~/d"], { ...home, KUBECONFIG: "/a" }, ["/c", "/home/jane/d"]],
  ];
  for (const [paths, environment, files] of cases) {
    assert.deepEqual(kubeconfigFiles(paths, environment), files);
  }
});

test("several files become one: the first definition wins, missing files are skipped", async () => {
  const directory = await write({ "one/config": first, "two/config": second });
  const files = [join(directory, "one/config"), join(directory, "two/config")];
  const named = [join(directory, "gone"), ...files].join(delimiter);
  const merged = await readKubeconfig([], { KUBECONFIG: named });
  assert.deepEqual(
    {
      files: merged.files,
      current: merged.currentContext,
      clusters: Object.fromEntries(merged.clusters),
      users: Object.fromEntries(merged.users),
      contexts: [...merged.contexts.keys()],
    },
    {
      files,
      current: "prod",
      clusters: {
        prod: {
          server: "https://prod.example:6443/",
          "certificate-authority": join(directory, "one/pki/ca.crt"),
        },
        shared: { server: "https://first.example" },
        kind: { server: "https://127.0.0.1:6443" },
      },
      users: {
        jane: {
          "client-certificate": join(directory, "one/jane.crt"),
          "client-key": join(directory, "one/jane.key"),
          tokenFile: "/var/run/token",
        },
        login: { exec: { command: join(directory, "two/bin/login"), args: ["a"] } },
        path: { exec: { command: "login" } },
      },
      contexts: ["prod", "shared", "kind", "open"],
    },
  );
});

test("contexts are listed with the current one, and nothing is written", async () => {
  const directory = await write({ config: second });
  const file = join(directory, "config");
  assert.deepEqual(await listContexts([file]), {
    contexts: [
      { name: "kind", cluster: "kind" },
      { name: "open", cluster: "kind" },
    ],
    current: "kind",
  });
  assert.deepEqual(await listContexts([join(await write({ empty: "" }), "empty")]), { contexts: [] });
  assert.equal(await readFile(file, "utf8"), second);
});

test("a context is chosen by name, else the current one", async () => {
  const directory = await write({ one: first, two: second });
  const kubeconfig = await readKubeconfig([join(directory, "one"), join(directory, "two")]);
  const { name, server, userName } = chooseContext(kubeconfig, undefined);
  assert.deepEqual(
    { name, server, userName },
    {
      name: "prod",
      server: "https://prod.example:6443",
      userName: "jane",
    },
  );
  const open = chooseContext(kubeconfig, "open");
  assert.deepEqual({ userName: open.userName, user: open.user }, { userName: "", user: {} });
});

suite("what is wrong with a kubeconfig is said with file and place", () => {
  const context = "contexts: [{ name: a, context: { cluster: c, user: u } }]";
  const cluster = 'clusters: [{ name: c, cluster: { server: "https://x" } }]';
  const cases: readonly [text: string, kind: string, message: string][] = [
    ["a: [\ntoken: secret", "kubeconfig-invalid", "The kubeconfig FILE is not valid YAML: line 2, column 1."],
    [
      "a: *gone",
      "kubeconfig-invalid",
      "The kubeconfig FILE is not valid YAML: its aliases lead nowhere, or are too many.",
    ],
    [
      "hello",
      "kubeconfig-invalid",
      "The kubeconfig FILE is not a kubeconfig: it holds no map of clusters, users and contexts.",
    ],
    ["users: {}", "kubeconfig-invalid", "The kubeconfig FILE is broken: users is not a list."],
    ["users: [1]", "kubeconfig-invalid", "The kubeconfig FILE is broken: users[0] has no name."],
    [
      "users: [{ name: u }, { name: u }]",
      "kubeconfig-invalid",
      "The kubeconfig FILE is broken: users[1] has a name twice.",
    ],
    [
      "clusters: [{ name: u, cluster: 1 }]",
      "kubeconfig-invalid",
      "The kubeconfig FILE is broken: clusters[0] is not a map.",
    ],
    ["", "context-missing", "The context a is not in FILE. There is no context in it."],
    ["contexts: [{ name: b }]", "context-missing", "The context a is not in FILE. Choose another one: b."],
    [context, "kubeconfig-invalid", "The context a names the cluster c, which no file defines (FILE)."],
    [
      `${context}\n${cluster}`,
      "kubeconfig-invalid",
      "The context a names the user u, which no file defines (FILE).",
    ],
    [
      `${context}\nusers: [{ name: u }]\nclusters: [{ name: c, cluster: { server: "ftp://x" } }]`,
      "kubeconfig-invalid",
      "The context a names the cluster c, whose server is not an http(s) URL (FILE).",
    ],
  ];
  for (const [text, kind, message] of cases) {
    test(message, async () => {
      const file = join(await write({ config: text }), "config");
      const expected = { name: "ClusterError", kind, message: message.replace("FILE", file) };
      await assert.rejects(async () => chooseContext(await readKubeconfig([file]), "a"), expected);
    });
  }

  test("no file at all, and no current context", async () => {
    await assert.rejects(readKubeconfig(["/nowhere/config"]), {
      kind: "kubeconfig-missing",
      message:
        "No kubeconfig was found: /nowhere/config does not exist. " +
        "Set KUBECONFIG or the kubeconfig setting to the file that kubectl uses.",
    });
    const file = join(await write({ config: context }), "config");
    const kubeconfig = await readKubeconfig([file]);
    assert.throws(() => chooseContext(kubeconfig, undefined), {
      kind: "context-missing",
      message: `No current context is set in ${file}. Choose a context.`,
    });
  });

  test("a file that may not be read, or is a folder", async (t) => {
    await assert.rejects(readKubeconfig([folder]), {
      kind: "kubeconfig-invalid",
      message: `The kubeconfig ${folder} cannot be read.`,
    });
    if (process.getuid?.() === 0) {
      t.diagnostic("permissions do not bind root: only the folder was tried");
      return;
    }
    const file = join(await write({ config: first }), "config");
    await chmod(file, 0o000);
    await assert.rejects(readKubeconfig([file]), { kind: "kubeconfig-invalid" });
  });

  test("a billion laughs", async () => {
    const laughs = Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}]`,
    );
    const file = join(await write({ config: ["a0: &a0 [ha]", ...laughs].join("\n") }), "config");
    await assert.rejects(readKubeconfig([file]), {
      kind: "kubeconfig-invalid",
      message: `The kubeconfig ${file} is not valid YAML: its aliases lead nowhere, or are too many.`,
    });
  });
});

test("an old Node.js is named, with the way out", () => {
  for (const version of ["22.19.0", "22.20.1", "24.0.0"]) checkNode(version);
  for (const version of ["20.11.0", "22.18.9"]) {
    assert.throws(
      () => {
        checkNode(version);
      },
      (error) =>
        error instanceof ClusterError && error.kind === "node-too-old" && error.message.includes(version),
    );
  }
});
