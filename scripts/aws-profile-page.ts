import { limits, maxMembershipChanges, switches } from '../src/profiles/aws/features.ts'
import { chapters } from '../src/profiles/aws/statements.ts'
import type { Rules, Statement } from '../src/profiles/profile.ts'
import { loadProfile } from '../src/profiles/registry.ts'
import { table } from './markdown-table.ts'

const titles: Readonly<Record<keyof Rules, string>> = {
  operation: 'Operations',
  body: 'What POST and PUT send, and what a PATCH makes of a resource',
  resource: '',
  sentPatch: 'PATCH: the shape of its operations',
  patch: 'PATCH: what its operations do',
  query: 'Lists',
}

const moments = Object.keys(titles) as readonly (keyof Rules)[]

type Conditional = Statement & { readonly only?: string }

/** The default rules of a stage, and those that a switch adds. */
const rulesAt = (moment: keyof Rules): readonly Conditional[] => {
  const byDefault: readonly Statement[] = loadProfile('aws').rules[moment]
  const isNew = ({ id }: Statement) => byDefault.every(rule => rule.id !== id)
  const added = switches.flatMap(({ id, values }) =>
    values.flatMap(value =>
      (loadProfile('aws', { [id]: value }).rules[moment] as readonly Statement[])
        .filter(isNew)
        .map(rule => ({ ...rule, only: `only with \`${id}\` = \`${value}\`` })),
    ),
  )
  return [...byDefault, ...added]
}

const link = ({ basis, source }: Statement) => `[${basis}](${source})`

const statementTable = (statements: readonly Conditional[]) =>
  table(
    ['id', 'what', 'known'],
    statements.map(one => [
      `\`${one.id}\``,
      one.only ? `${one.description} (${one.only})` : one.description,
      link(one),
    ]),
  )

const refusals = moments
  // A rule about a body applies to the resulting resource, too: one table for both.
  .filter(moment => moment !== 'resource')
  .map(moment => `### ${titles[moment]}\n\n${statementTable(rulesAt(moment))}`)

const behaviour = chapters.map(({ title, statements }) => `### ${title}\n\n${statementTable(statements)}`)

const { maxCount } = loadProfile('aws').features.paging

const numbers = table(
  ['limit', 'value'],
  [
    ['users of a directory, and groups', limits.resources.toLocaleString('en-US')],
    ['tokens of a directory', String(limits.tokens)],
    ['writes a second, when the tenant throttles', String(limits.writesPerSecond)],
    ['reads a second, when the tenant throttles', String(limits.readsPerSecond)],
    ['resources of a page, also without `count`', String(maxCount)],
    ['members of a POST, membership changes of a PATCH', String(maxMembershipChanges)],
    ['bytes of a body', limits.bodyBytes.toLocaleString('en-US')],
  ],
)

const switchTable = table(
  ['switch', 'what', 'values, the default first', 'known'],
  switches.map(one => [
    `\`${one.id}\``,
    one.description,
    one.values.map(value => `\`${value}\``).join(', '),
    link(one),
  ]),
)

/** docs/aws-profile.md, generated from the profile. */
export const awsProfilePage = `# The \`aws\` profile

What Scimulator says AWS IAM Identity Center does, statement by statement. This page is generated from
\`src/profiles/aws\` by \`npm run docs\`; change that, not this page.

How a statement is known:

- **documented**: AWS, or Microsoft about AWS, writes it;
- **observed**: a client has seen it on the wire, or relies on it;
- **inferred**: it follows from what is documented or observed;
- **assumed**: nothing was found, and the code needs an answer.

## What is refused

Each refusal has an id, which the journal shows beside the exchange. Unless something else is said the status is
400.

${refusals.join('\n\n')}

## What it does

${behaviour.join('\n\n')}

## Limits

${numbers}

## Switches

Where sources disagree or AWS is silent, the tenant chooses.

${switchTable}
`
