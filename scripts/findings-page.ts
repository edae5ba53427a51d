import type { FindingKind } from '../src/domain/ports/analysis.ts'
import { findingKinds } from '../src/insight/analysis/diagnosis/diagnose.ts'
import { productLabels, products } from '../src/scim/recognition/products.ts'
import { table } from './markdown-table.ts'

const link = ({ basis, source }: FindingKind) => `[${basis}](${source})`

/** The path to Entra’s Provisioning page is in the introduction. */
const short = (remedy: string) =>
  remedy.replaceAll('Enterprise applications > your application > Provisioning', 'Provisioning')

/** The general remedy, then those for the consoles of products. */
const remedyCell = ({ remedy, remedies = {} }: FindingKind) =>
  [
    remedy,
    ...products.flatMap(product => {
      const own = remedies[product]
      return own === undefined ? [] : [`**${productLabels[product]}:** ${short(own)}`]
    }),
  ].join('<br>')

/** The general reason, then how products react. */
const reasonCell = ({ reason, reasons = {} }: FindingKind) =>
  [
    reason,
    ...products.flatMap(product => {
      const own = reasons[product]
      return own === undefined ? [] : [`**${productLabels[product]}:** ${own}`]
    }),
  ].join('<br>')

const isAboutAws = ({ id }: FindingKind) => id.startsWith('aws/')

const isRejection = (kind: FindingKind) => isAboutAws(kind) && kind.severity === 'error'

const wholeTable = (kinds: readonly FindingKind[]) =>
  table(
    ['ID', 'severity', 'finding', 'reason', 'remedy', 'source'],
    kinds.map(kind => [
      `\`${kind.id}\``,
      kind.severity,
      kind.title,
      reasonCell(kind),
      remedyCell(kind),
      link(kind),
    ]),
  )

const isAboutDirectWrites = ({ id }: FindingKind) => id.startsWith('identity-store/')

const clientTable = wholeTable(findingKinds.filter(kind => !isAboutAws(kind) && !isAboutDirectWrites(kind)))
const directWriteTable = wholeTable(findingKinds.filter(isAboutDirectWrites))
const acceptedTable = wholeTable(findingKinds.filter(kind => isAboutAws(kind) && !isRejection(kind)))

const awsTable = table(
  ['ID', 'requirement', 'remedy', 'source'],
  findingKinds.filter(isRejection).map(kind => [`\`${kind.id}\``, kind.title, remedyCell(kind), link(kind)]),
)

/** docs/findings.md, generated from the diagnosis rules. */
export const findingsPage = `# Findings

Problems that Scimulator detects in the requests of a client, by kind. \`npm run docs\` generates this page from
\`src/insight/analysis/diagnosis\`: change the rules, not this page.

An **error** made a request fail, or would on AWS. A **warning** is likely to cause a failure later. A **note** describes
behavior that matters for other targets. [The page about AWS](aws-profile.md) explains the kinds of sources.

The console, the command line and the API show the remedy for the product that sent the request if it is
[recognized](recognized-clients.md) by its name or by its shape, else the general one. In those for Microsoft Entra ID,
“Provisioning” is the page Enterprise applications > your application > Provisioning of its admin center.

## Client

${clientTable}

## Requests that AWS rejects

Each is an error: AWS IAM Identity Center rejects the whole request. Tenants with the profile \`aws\` have rejected it;
for other tenants, Scimulator evaluates the same rules.

${awsTable}

## Requests that AWS accepts without the expected effect

${acceptedTable}

## Changes outside the identity provider

Changes by [AWS’s Identity Store API](identity-store.md) to users and groups that SCIM provisions.

${directWriteTable}

## Quarantine estimate

Whether Entra ID would quarantine the job, estimated from its recent requests to the tenant. The reasons are Entra ID’s:

${table(
  ['reason', 'status', 'condition'],
  [
    [
      '`EncounteredQuarantineException`',
      'quarantined',
      'the last three requests were rejected, or the last connection test did not return an empty list',
    ],
    ['`EncounteredQuarantineException`', 'at risk', 'the last one or two requests were rejected'],
    [
      '`EncounteredEscrowProportionThreshold`',
      'quarantined',
      'at least 5,000 objects fail, and more than 40% of all objects',
    ],
    [
      '`EncounteredEscrowProportionThreshold`',
      'at risk',
      'more than 10% of the objects of the newest cycle failed',
    ],
    ['`EncounteredBaseEscrowThreshold`', 'quarantined', 'more than 40,000 objects fail'],
    ['`EncounteredBaseEscrowThreshold`', 'at risk', 'an object has failed three times in a row'],
    ['`EncounteredTotalEscrowThreshold`', 'quarantined', 'more than 60,000 objects and references fail'],
    ['`TooManyDeletes`', 'at risk', 'the newest cycle disabled or deleted more than 500 objects'],
  ],
)}

The thresholds for “quarantined” are [Microsoft’s](https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-quarantine-status);
those for “at risk” are Scimulator’s own.
`
