import type { Fingerprint, Mark, SentUserAgent } from '../src/scim/recognition/fingerprint.ts'
import { type Product, productLabels, products } from '../src/scim/recognition/products.ts'
import { fingerprints, isTool } from '../src/scim/recognition/recognize.ts'
import { table } from './markdown-table.ts'

const userAgentText = (sent: SentUserAgent): string => {
  switch (sent.kind) {
    case 'own':
      return `\`${sent.example}\``
    case 'library':
      return `\`${sent.example}\` (its HTTP library)`
    case 'none':
      return 'none, or one of Microsoft’s'
    case 'unknown':
      return 'not recorded'
  }
}

const weightText = ({ weight }: Mark) =>
  weight === 'decisive' ? ' **(enough alone)**' : weight === 'supporting' ? ' *(next to another mark)*' : ''

const markText = (mark: Mark) => `${mark.description}${weightText(mark)}`

const row = (product: Product, { userAgent, marks }: Fingerprint) => [
  productLabels[product],
  `\`${product}\``,
  userAgentText(userAgent),
  marks.length === 0 ? '—' : marks.map(markText).join('<br>'),
]

const rowsOf = (isWanted: (product: Product) => boolean) =>
  products
    .filter(isWanted)
    .flatMap(product => fingerprints.filter(one => one.product === product).map(one => row(product, one)))

const head = ['client', 'search', 'User-Agent', 'marks of its requests']

/** docs/recognized-clients.md, generated from the fingerprints. */
export const recognitionPage = `# Recognized clients

Which product sent a request, as Scimulator shows it in the activity, on the page of a request, at cycles and at access
tokens. \`npm run docs\` generates this page from \`src/scim/recognition\`: change the fingerprints, not this page.

Recognition is for people. It never changes a response: under the profile \`aws\`, every client gets the same one.

## Evidence

| evidence | meaning | shown as |
| --- | --- | --- |
| \`named\` | The User-Agent contains the product’s name, in any case and of any version. | Okta |
| \`shaped\` | Two independent marks of its requests agree, or one that no other client is known to send. | Okta (by shape) |
| \`perhaps\` | One mark. | perhaps Okta |

- Proxies remove a User-Agent, so marks count without one. They never count against the name of another product, nor against a
  User-Agent that the product doesn’t send.
- A request without a User-Agent whose PATCH operations are \`Add\`, \`Replace\` or \`Remove\` is Entra ID’s, whatever else
  fits.
- If a request has equally many marks of two products, no client is recognized.

## Tokens

The client of an access token is settled by the first request that names it, or by three requests of the same shape. From
then on, all requests with the token belong to it, also those that show no client, such as a DELETE: unless they name
another client, have a mark that is enough alone, or can’t be from that client. A later name settles the token again, and the first request of each other vendor is the finding
[\`client/shared-token\`](findings/client/shared-token.md). Tools settle nothing.

\`client:okta\` searches the activity and \`scimulator journal list\`; \`client:any\` finds all requests of recognized clients.
In the API, exchanges, cycles and tokens have \`recognized\`.

## Provisioning clients

${table(
  head,
  rowsOf(product => !isTool(product)),
)}

Other clients are listed by the name in their User-Agent. Ping Identity’s, CyberArk’s and other services are recognized by name
only, because none of their requests has been published: [an export of a request](console.md) helps.

## Tools

${table(head, rowsOf(isTool))}
`
