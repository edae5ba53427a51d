import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { table } from './markdown-table.ts'
import { identityStoreApiRules } from './rules/identity-store.ts'
import { otherClientRules } from './rules/other-clients.ts'
import type { NumberedRule } from './rules/rule.ts'
import { tokenRules } from './rules/tokens-and-sign-in.ts'

const byId = (rules: readonly NumberedRule[]) => rules.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const chapters = [
  { title: 'AWS APIs', rules: byId(identityStoreApiRules) },
  { title: 'Tokens and sign-in', rules: byId(tokenRules) },
  { title: 'Other clients', rules: byId(otherClientRules) },
]

/** The rules of all lists. */
export const numberedRules = chapters.flatMap(({ rules }) => rules)

const tests = fileURLToPath(new URL('../test/', import.meta.url))

/** The files in `test` that contain each number, such as `IS-040`. */
export const filesByNumber: ReadonlyMap<string, readonly string[]> = globSync('**/*.ts', { cwd: tests })
  .sort()
  .reduce((files, file) => {
    for (const number of new Set(readFileSync(`${tests}${file}`, 'utf8').match(/\b[A-Z]{2}-T?\d{2,3}\b/g)))
      files.set(number, [...(files.get(number) ?? []), file])
    return files
  }, new Map<string, readonly string[]>())

const chapter = ({ title, rules }: (typeof chapters)[number]) => `## ${title}

${table(
  ['ID', 'rule', 'source', 'tests'],
  rules.map(({ id, rule, certainty, source }) => [
    id,
    rule,
    `[${certainty}](${source})`,
    (filesByNumber.get(id) ?? []).map(file => `\`${file}\``).join(' '),
  ]),
)}
`

/** docs/rules.md, generated from the lists of rules and from the titles of the tests. */
export const rulesPage = `# Numbered rules

The rules that tests name by number, besides the [RFC requirements](rfc-requirements.md) and the rules of the
[sign-in check](sign-in-check.md), with the files in \`test\` that name them. \`npm run docs\` generates this page from \`scripts/rules\`:
change the lists, not this page.

The certainty links to the source: **documented** by the vendor or in a standard, **observed** in requests, responses or source code,
**inferred** from these, **assumed** where no source is known, or a **decision** of this project, which the linked page describes.

${chapters.map(chapter).join('\n')}`
