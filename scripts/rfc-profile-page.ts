import type { Statement } from '../src/profiles/profile.ts'
import { loadProfile } from '../src/profiles/registry.ts'
import { switches } from '../src/profiles/rfc/features.ts'
import { rules } from '../src/profiles/rfc/rules.ts'
import { chapters } from '../src/profiles/rfc/statements.ts'
import { maxDocumentBytes } from '../src/scim/document.ts'
import { maxOperations } from '../src/scim/patch/parse.ts'
import { maxTextLength, maxValuesPerAttribute } from '../src/scim/read-value.ts'
import { table } from './markdown-table.ts'

const {
  requests: { limits },
  features,
  responses: { maxPatchedMembers },
} = loadProfile('rfc')

/** `RFC 7644 §3.4.2`, as a link. */
const link = ({ source }: Statement) => {
  const [, rfc, section] = /\/rfc(\d+)#section-([\d.]+)$/.exec(source) ?? []
  return `[RFC ${rfc} §${section}](${source})`
}

const ids = ({ requirements = [] }: Statement) => requirements.join(' ')

const statementTable = (statements: readonly Statement[]) =>
  table(
    ['ID', 'decision', 'section', 'requirements'],
    statements.map(one => [`\`${one.id}\``, one.description, link(one), ids(one)]),
  )

const number = (value: number) => value.toLocaleString('en-US')

const numbers = table(
  ['limit', 'value'],
  [
    ['bytes per body', number(limits.bodyBytes)],
    ['resources per page', number(features.paging.maxCount)],
    ['resources per page without `count`', number(features.paging.defaultCount)],
    ['operations per PATCH', number(maxOperations)],
    ...(maxPatchedMembers === undefined
      ? []
      : [['members in the response to a PATCH', number(maxPatchedMembers)]]),
    ...(features.bulk ? [['operations per bulk request', number(features.bulk.maxOperations)]] : []),
    ['values of a multi-valued attribute, except `members`', number(maxValuesPerAttribute)],
    ['characters of a string', number(maxTextLength)],
    ['bytes of a resource, without `members`', number(maxDocumentBytes)],
    ['characters of a filter', number(limits.filterLength)],
    ['nesting of parentheses, brackets and `not` in a filter', number(limits.filterDepth)],
    ['comparisons in a filter that no index answers', number(limits.filterComparisons)],
    ['characters of an `id`', number(limits.idLength)],
    ['resources per type and tenant', number(limits.resources)],
    ['tokens per tenant', number(limits.tokens)],
  ],
)

const switchTable = table(
  ['switch', 'behavior', 'values, default first', 'section', 'requirements'],
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

The \`rfc\` profile follows RFC 7643, RFC 7644 and RFC 9865 strictly. [RFC requirements](rfc-requirements.md) numbers their
requirements. This page lists the profile's decisions where the RFCs leave a choice. \`npm run docs\` generates it from
\`src/profiles/rfc\`: change the statements, not this page.

## Rules beyond the schema

The schema rejects values of the wrong type, missing required attributes and unknown paths. These rules reject other
requests with 400 \`invalidValue\`. The journal shows the ID of the rule.

${statementTable(Object.values(rules).flat())}

## Decisions

${chapters.map(({ title, statements }) => `### ${title}\n\n${statementTable(statements)}`).join('\n\n')}

## Limits

${numbers}

## Switches

Where clients or test suites expect opposite behavior, a switch of the tenant selects it.

${switchTable}
`
