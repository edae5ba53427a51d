import { findingKinds } from '../src/analysis/diagnosis/diagnose.ts'
import type { FindingKind } from '../src/ports/analysis.ts'
import { table } from './markdown-table.ts'

const link = ({ basis, source }: FindingKind) => `[${basis}](${source})`

/** Where the settings are in Entra ID. */
const mendOf = ({ remedy }: FindingKind) =>
  remedy.replaceAll('Enterprise applications > your application > Provisioning', 'Provisioning')

const isAboutAws = ({ id }: FindingKind) => id.startsWith('aws/')

const isRefusal = (kind: FindingKind) => isAboutAws(kind) && kind.severity === 'error'

const wholeTable = (kinds: readonly FindingKind[]) =>
  table(
    ['id', 'severity', 'what', 'why it matters', 'what to do', 'known'],
    kinds.map(kind => [`\`${kind.id}\``, kind.severity, kind.title, kind.reason, mendOf(kind), link(kind)]),
  )

const clientTable = wholeTable(findingKinds.filter(kind => !isAboutAws(kind)))
const acceptedTable = wholeTable(findingKinds.filter(kind => isAboutAws(kind) && !isRefusal(kind)))

const awsTable = table(
  ['id', 'what', 'what to do', 'known'],
  findingKinds.filter(isRefusal).map(kind => [`\`${kind.id}\``, kind.title, mendOf(kind), link(kind)]),
)

/** docs/findings.md, generated from the diagnoses. */
export const findingsPage = `# Findings

What Scimulator finds out about the requests of a client, kind by kind. This page is made from
\`src/analysis/diagnose\` by \`npm run docs\`; change that, not this.

An **error** has kept the client from what it wanted, or would on AWS. A **warning** is trouble waiting to happen. A
**note** is a habit that is worth knowing of. How a statement is known is said as on
[the page about AWS](aws-profile.md). “Provisioning” is a page of Entra ID’s admin center: Enterprise applications > your
application > Provisioning.

## What is odd about the client

${clientTable}

## What would fail on AWS

Each is an error: on AWS IAM Identity Center the request would be refused as a whole. Tenants with the profile \`aws\`
have refused it; for others it is worked out from the same rules.

${awsTable}

## What AWS accepts without the effect that is meant

${acceptedTable}

## Whether Entra ID would quarantine the job

An estimate, from what the tenant’s clients have sent of late. Its reasons are those that Entra ID shows:

${table(
  ['reason', 'verdict', 'when'],
  [
    [
      '`EncounteredQuarantineException`',
      'quarantined',
      'three requests in a row weren’t let in, or the last probe was answered with something other than an empty list',
    ],
    ['`EncounteredQuarantineException`', 'at risk', 'one or two requests in a row weren’t let in'],
    [
      '`EncounteredEscrowProportionThreshold`',
      'quarantined',
      'at least 5,000 objects fail, and more than 40 % of all',
    ],
    [
      '`EncounteredEscrowProportionThreshold`',
      'at risk',
      'more than 10 % of the newest cycle’s objects failed',
    ],
    ['`EncounteredBaseEscrowThreshold`', 'quarantined', 'more than 40,000 objects fail'],
    ['`EncounteredBaseEscrowThreshold`', 'at risk', 'an object has failed three times without having worked'],
    ['`EncounteredTotalEscrowThreshold`', 'quarantined', 'more than 60,000 objects and references fail'],
    ['`TooManyDeletes`', 'at risk', 'the newest cycle has disabled or deleted more than 500 objects'],
  ],
)}

The thresholds of the verdict “quarantined” are [Microsoft’s](https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-quarantine-status);
those of “at risk” are Scimulator’s own.
`
