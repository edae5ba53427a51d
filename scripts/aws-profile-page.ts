import { limits, maxMembershipChanges, switches } from '../src/profiles/aws/features.ts'
import { chapters } from '../src/profiles/aws/statements.ts'
import type { Rules, Statement } from '../src/profiles/profile.ts'
import { loadProfile } from '../src/profiles/registry.ts'
import { table } from './markdown-table.ts'

const titles: Readonly<Record<keyof Rules, string>> = {
  operation: 'Operations',
  body: 'Bodies of POST and PUT, and the result of a PATCH',
  resource: '',
  sentPatch: 'PATCH: format of the operations',
  patch: 'PATCH: effect of the operations',
  query: 'Lists',
}

const stages = Object.keys(titles) as readonly (keyof Rules)[]

type Conditional = Statement & { readonly only?: string }

/** The default rules of a stage, and those that a switch adds. */
const rulesAt = (stage: keyof Rules): readonly Conditional[] => {
  const byDefault: readonly Statement[] = loadProfile('aws').rules[stage]
  const isNew = ({ id }: Statement) => byDefault.every(rule => rule.id !== id)
  const added = switches.flatMap(({ id, values }) =>
    values.flatMap(value =>
      (loadProfile('aws', { [id]: value }).rules[stage] as readonly Statement[])
        .filter(isNew)
        .map(rule => ({ ...rule, only: `Applies only if \`${id}\` is \`${value}\`.` })),
    ),
  )
  return [...byDefault, ...added]
}

const link = ({ basis, source }: Statement) => `[${basis}](${source})`

const statementTable = (statements: readonly Conditional[]) =>
  table(
    ['ID', 'rule', 'source'],
    statements.map(one => [
      `\`${one.id}\``,
      one.only ? `${one.description} ${one.only}` : one.description,
      link(one),
    ]),
  )

const rejections = stages
  // A rule about a body applies to the resulting resource, too: one table for both.
  .filter(stage => stage !== 'resource')
  .map(stage => `### ${titles[stage]}\n\n${statementTable(rulesAt(stage))}`)

const behavior = chapters.map(({ title, statements }) => `### ${title}\n\n${statementTable(statements)}`)

const { maxCount } = loadProfile('aws').features.paging

const numbers = table(
  ['limit', 'value'],
  [
    ['users per directory, and groups per directory', limits.resources.toLocaleString('en-US')],
    ['tokens per directory', String(limits.tokens)],
    ['writes per second, if rate limiting is on', String(limits.writesPerSecond)],
    ['reads per second, if rate limiting is on', String(limits.readsPerSecond)],
    ['resources per page, also without `count`', String(maxCount)],
    ['members per POST, membership changes per PATCH', String(maxMembershipChanges)],
    ['bytes per body', limits.bodyBytes.toLocaleString('en-US')],
  ],
)

const switchTable = table(
  ['switch', 'behavior', 'values, default first', 'source'],
  switches.map(one => [
    `\`${one.id}\``,
    one.description,
    one.values.map(value => `\`${value}\``).join(', '),
    link(one),
  ]),
)

const openQuestions = switches
  .filter(({ basis }) => basis === 'assumed')
  .map(({ id }) => `\`${id}\``)
  .join(', ')

/** docs/aws-profile.md, generated from the profile. */
export const awsProfilePage = `# The \`aws\` profile

The rules that Scimulator follows to behave like AWS IAM Identity Center, each with its source and certainty. \`npm run docs\`
generates this page from \`src/profiles/aws\`: change the rules, not this page.

- **documented**: in AWS's documentation, or in Microsoft's about AWS.
- **observed**: in recorded responses, or in the code of a client that relies on it.
- **inferred**: follows from documented or observed behavior.
- **assumed**: no source was found.

## Rejected requests

The journal shows the ID of the rule that rejected a request. The status is 400 unless stated otherwise.

${rejections.join('\n\n')}

## Behavior

${behavior.join('\n\n')}

## Limits

${numbers}

## Switches

Where sources disagree or AWS documents nothing, a switch of the tenant selects the behavior.

${switchTable}

## Open questions

AWS’s behavior is unknown where a switch is **assumed**: no documentation, recording or client was found that shows it. To settle
one, send the request to AWS and [give the recording](../CONTRIBUTING.md#giving-a-recording). Until then, test with both values:
${openQuestions}.
`
