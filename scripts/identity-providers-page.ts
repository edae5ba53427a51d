import { type SetupGuide, setupGuides } from '../src/domain/identity-providers/setup-guides.ts'
import { productLabels, provisioningClients } from '../src/scim/recognition/products.ts'
import { table } from './markdown-table.ts'

const others = provisioningClients.filter(client => client !== 'entra')

const stepNames: Readonly<Record<string, string>> = {
  contact: 'Connection',
  'test-connection': 'Connection test',
  user: 'Users',
  group: 'Groups',
  membership: 'Memberships',
  disabled: 'Disabled users',
  deleted: 'Deleted users',
}

const section = (name: string, { place, urlField, endsWithSlash, tokenField, steps, pitfalls }: SetupGuide) =>
  `## ${name}

${table(
  ['setting', 'value'],
  [
    ['where', place],
    [urlField, `the tenant’s SCIM URL, ${endsWithSlash ? 'with' : 'without'} a slash at the end`],
    [tokenField, 'an access token of the tenant'],
    ...Object.entries(steps).map(([id, text]) => [stepNames[id] ?? id, text]),
  ],
)}

Known limits at AWS:

${pitfalls.map(({ description, basis, source }) => `- ${description} [${basis}](${source})`).join('\n')}
`

/** docs/identity-providers.md, generated from the setup guides. */
export const identityProvidersPage = `# Identity providers

What to set where, so that a client provisions a tenant, and what is known about its limits at AWS IAM Identity Center. The
page Connect of the console and \`scimulator setup --client okta\` show the same with the URL of the tenant, and which steps are
done. \`npm run docs\` generates this page from \`src/domain/identity-providers\`.

The names of pages and fields are those of AWS’s guides and of the clients’ documentation; newer versions may differ. The link
after each limit leads to its source: **documented** by the vendor or by AWS, **observed** in requests or in source code, or
**inferred** from these. [Recognized clients](recognized-clients.md) describes how Scimulator distinguishes clients, and
[Findings](findings.md) has the remedies for each.

Identity providers in the cloud need a public HTTPS URL: use a tunnel or a proxy.

## Microsoft Entra ID

Connect has the fields and the steps for Entra ID, which is the default, and its default attribute mapping.
[Authentication](authentication.md) describes the four ways in which Entra ID authenticates.

${others.map(client => section(productLabels[client], setupGuides[client])).join('\n')}`
