import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../scripts/projectRoot.ts";

/** One import, export-from or `import()` of a source file. */
export interface SourceImport {
  /** As written: `./x.ts`, `node:fs`, `yaml`. */
  readonly specifier: string;
  /** A relative one as a path in the project: `src/flows/flow.ts`; else undefined. */
  readonly file: string | undefined;
  /** A package's name without the path inside it: `@grpc/grpc-js`; undefined for a relative one. */
  readonly packageName: string | undefined;
  /** Only types come in: nothing is left of it at run time. */
  readonly typeOnly: boolean;
}

/** What a rule of the house may ask about a source file. */
export interface SourceModule {
  /** In the project, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  readonly text: string;
  readonly imports: readonly SourceImport[];
  readonly exports: readonly SourceExport[];
}

export interface SourceExport {
  readonly name: string;
  readonly kind: "function" | "class" | "type" | "value" | "again";
  readonly documented: boolean;
  readonly line: number;
}

/** Reads and parses every file that a pattern finds, sorted by path. */
export function readModules(pattern: string): readonly SourceModule[] {
  return globSync(pattern, { cwd: projectRoot })
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => parseModule(path, readFileSync(join(projectRoot, path), "utf8")));
}

/** Parses the text of a module that stands at a path. */
export function parseModule(path: string, text: string): SourceModule {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: SourceImport[] = [];
  const exports: SourceExport[] = [];
  const addImport = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      imports.push(describeImport(path, specifier.text, typeOnly));
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      addImport(node.moduleSpecifier, isTypeOnly(node.importClause));
    } else if (ts.isExportDeclaration(node)) {
      addImport(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      addImport(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      addImport(node.argument.literal, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const statement of source.statements) exports.push(...readExports(source, statement));
  return { path, text, lines: source.getLineStarts().length, imports, exports };
}

function describeImport(path: string, specifier: string, typeOnly: boolean): SourceImport {
  if (specifier.startsWith(".")) {
    const file = posix.join(posix.dirname(path), specifier);
    return { specifier, file, packageName: undefined, typeOnly };
  }
  const [first = "", second = ""] = specifier.split("/");
  const packageName = first.startsWith("@") ? `${first}/${second}` : first;
  return { specifier, file: undefined, packageName, typeOnly };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function readExports(source: ts.SourceFile, statement: ts.Statement): readonly SourceExport[] {
  const line = source.getLineAndCharacterOfPosition(statement.getStart()).line + 1;
  if (ts.isExportAssignment(statement)) {
    return [{ name: "default", kind: "value", documented: false, line }];
  }
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    const names =
      clause !== undefined && ts.isNamedExports(clause)
        ? clause.elements.map(({ name }) => name.text)
        : ["*"];
    return names.map((name) => ({ name, kind: "again", documented: true, line }));
  }
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) return [];
  const documented = ts.getJSDocCommentsAndTags(statement).length > 0;
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) {
    return [{ name: "default", kind: "value", documented, line }];
  }
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => ({
      name: declaration.name.getText(source),
      kind: "value",
      documented,
      line,
    }));
  }
  if (ts.isFunctionDeclaration(statement)) {
    return [{ name: statement.name?.text ?? "default", kind: "function", documented, line }];
  }
  if (ts.isClassDeclaration(statement)) {
    return [{ name: statement.name?.text ?? "default", kind: "class", documented, line }];
  }
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    return [{ name: statement.name.text, kind: "type", documented, line }];
  }
  return [];
}
