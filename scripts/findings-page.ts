import type { FindingKind, TextByProduct } from '../src/domain/ports/analysis.ts'
import { findingKinds } from '../src/insight/analysis/diagnosis/diagnose.ts'
import { productLabels, products } from '../src/scim/recognition/products.ts'
import { pairs } from '../test/unit/profiles/aws-samples.ts'
import { textOfRule } from './aws-error-texts.ts'
import { table } from './markdown-table.ts'

const severities: Readonly<Record<FindingKind['severity'], string>> = {
  error: 'Error: a request failed, or would on AWS.',
  warning: 'Warning: a later failure is likely.',
  note: 'Note: behavior that matters for other targets.',
}

const ownTexts = (texts: TextByProduct = {}): readonly (readonly [product: string, text: string])[] =>
  products.flatMap(product => {
    const own = texts[product]
    return own === undefined ? [] : [[productLabels[product], own] as const]
  })

/** The name of a finding: of a rule of AWS, which is a sentence, the part before its details. Code in it is not cut. */
const nameOf = ({ title }: FindingKind): string =>
  title.endsWith('.') ? (/^(?:`[^`]*`|[^`])*?(?=[.;:](?: |$))/.exec(title)?.[0] ?? title) : title

const responseOf = (id: string): string => {
  const found = textOfRule(id)
  if (!found) return ''
  const switches = Object.entries(pairs[id]?.switches ?? {}).map(
    ([name, value]) => ` if the switch \`${name}\` is \`${value}\`,`,
  )
  return `## The response of AWS

Status ${found.status},${switches.join('')} [\`${found.name}\`](../../aws-errors/${found.name}.md):

\`\`\`text
${found.text}
\`\`\`

`
}

const page = (kind: FindingKind): string => {
  const { id, severity, title, reason, reasons, remedy, remedies, basis, source } = kind
  const rule = [title, title.slice(0, -1)].includes(nameOf(kind)) ? '' : `${title}\n\n`
  // The text of a product may begin with the general one.
  const causes = ownTexts(reasons).map(
    ([product, text]) => `- **${product}:** ${text.replace(reason, '').trim()}\n`,
  )
  const fixes = ownTexts(remedies).map(([product, text]) => `### ${product}\n\n${text}\n\n`)
  return `# ${nameOf(kind)} (\`${id}\`)

${rule}**${severities[severity]}** The rule is [${basis}](${source}). [All findings](../../findings.md)

## Why it matters

${reason}

${causes.length === 0 ? '' : `${causes.join('')}\n`}## How to fix it

${remedy}

${fixes.join('')}${responseOf(id)}## Requests

\`scimulator journal list finding:${id}\` lists the requests of a running server with this finding.
`
}

/** docs/findings: a page for each kind of finding. */
export const findingPages = findingKinds.map(kind => ({
  file: new URL(`../docs/findings/${kind.id}.md`, import.meta.url),
  text: page(kind),
}))

const isAboutAws = ({ id }: FindingKind) => id.startsWith('aws/')

const isRejection = (kind: FindingKind) => isAboutAws(kind) && kind.severity === 'error'

const linkTo = ({ id }: FindingKind) => `[\`${id}\`](findings/${id}.md)`

const indexOf = (isListed: (kind: FindingKind) => boolean) =>
  table(
    ['finding', 'severity', 'ID'],
    findingKinds.filter(isListed).map(kind => [nameOf(kind), kind.severity, linkTo(kind)]),
  )

const isAboutDirectWrites = ({ id }: FindingKind) => id.startsWith('identity-store/')

/** docs/findings.md, generated from the diagnosis rules. */
export const findingsPage = `# Findings

A finding is a problem that Scimulator detects in the requests of a client. Each finding has a page with its reason, remedies and source.
\`npm run docs\` generates these pages from \`src/insight/analysis/diagnosis\`.

An **error** made a request fail, or would on AWS. A **warning** is likely to cause a failure later. A **note** describes
behavior that matters for other targets. [The page about AWS](aws-profile.md) explains the kinds of sources.

The console, the command line and the API show the remedy for the product that sent the request if Scimulator
[recognizes](recognized-clients.md) it, and the general remedy otherwise.

## Client

${indexOf(kind => !isAboutAws(kind) && !isAboutDirectWrites(kind))}

## Requests that AWS rejects

AWS IAM Identity Center rejects the whole request, and so do tenants with the profile \`aws\`. For other tenants, Scimulator
evaluates the same rules.

${indexOf(isRejection)}

## Requests that AWS accepts without the expected effect

${indexOf(kind => isAboutAws(kind) && !isRejection(kind))}

## Changes outside the identity provider

Changes by [AWS’s Identity Store API](identity-store.md) to users and groups that SCIM provisions.

${indexOf(isAboutDirectWrites)}

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
