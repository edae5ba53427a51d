import type { Statement } from '../src/profiles/profile.ts'
import { loadProfile } from '../src/profiles/registry.ts'
import { switches } from '../src/profiles/rfc/features.ts'
import { rules } from '../src/profiles/rfc/rules.ts'
import { chapters } from '../src/profiles/rfc/statements.ts'
import { maxDocumentBytes } from '../src/scim/document.ts'
import { maxOperations } from '../src/scim/patch/parse.ts'
import { maxValuesPerAttribute } from '../src/scim/read-value.ts'
import { maxTextLength } from '../src/scim/simple-value.ts'
import { table } from './markdown-table.ts'

const {
  requests: { limits },
  features,
} = loadProfile('rfc')

/** `RFC 7644 §3.4.2`, as a link. */
const link = ({ source }: Statement) => {
  const [, rfc, section] = /\/rfc(\d+)#section-([\d.]+)$/.exec(source) ?? []
  return `[RFC ${rfc} §${section}](${source})`
}

const ids = ({ requirements = [] }: Statement) => requirements.join(' ')

const statementTable = (statements: readonly Statement[]) =>
  table(
    ['id', 'what', 'where', 'requirements'],
    statements.map(one => [`\`${one.id}\``, one.description, link(one), ids(one)]),
  )

const number = (value: number) => value.toLocaleString('en-US')

const numbers = table(
  ['limit', 'value'],
  [
    ['bytes of a body', number(limits.bodyBytes)],
    ['resources of a page', number(features.paging.maxCount)],
    ['resources of a page without `count`', number(features.paging.defaultCount)],
    ['operations of a PATCH', number(maxOperations)],
    ...(features.bulk ? [['operations of a bulk request', number(features.bulk.maxOperations)]] : []),
    ['values of a list, members aside', number(maxValuesPerAttribute)],
    ['characters of a text', number(maxTextLength)],
    ['bytes of a resource, members aside', number(maxDocumentBytes)],
    ['characters of a filter', number(limits.filterLength)],
    ['nested parentheses, brackets and `not` of a filter', number(limits.filterDepth)],
    ['characters of an `id`', number(limits.idLength)],
    ['resources of a type and tenant', number(limits.resources)],
    ['tokens of a tenant', number(limits.tokens)],
  ],
)

const switchTable = table(
  ['switch', 'what', 'values, the default first', 'where', 'requirements'],
  switches.map(one => [
    `\`${one.id}\``,
    one.description,
    one.values.map(value => `\`${value}\``).join(', '),
    link(one),
    ids(one),
  ]),
)

/** docs/rfc-profile.md, generated from the profile. */
export const rfcProfilePage = `# The \`rfc\` profile

RFC 7643, RFC 7644 and RFC 9865, followed strictly. [rfc-requirements.md](rfc-requirements.md) numbers their
requirements; this page lists what the profile does where they leave a choice, with the numbers concerned. It is
generated from \`src/profiles/rfc\` by \`npm run docs\`; change that, not this page.

## What is refused beyond the schema

The schema refuses most by itself: values of the wrong type, required attributes that are missing, paths that lead
nowhere. What it can't say is a rule, and a broken one is 400 \`invalidValue\`. The journal shows its id.

${statementTable(Object.values(rules).flat())}

## What is chosen

${chapters.map(({ title, statements }) => `### ${title}\n\n${statementTable(statements)}`).join('\n\n')}

## Limits

${numbers}

## Switches

Where clients and test suites want opposite things, the tenant chooses.

${switchTable}
`
