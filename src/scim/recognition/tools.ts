import type { Fingerprint, RecognizableRequest } from './fingerprint.ts'
import type { Product } from './products.ts'

/** The compliance suite puts the id of its run into all names: `scim-check-k3f9a-17`. */
const complianceMarkPattern = /scim-check-([a-z\d]{4,})-\d/i

/** The id of the compliance run in a request, if it contains one. */
export const complianceMark = ({
  url,
  request: { body = '' },
}: Pick<RecognizableRequest, 'url' | 'request'>): string | undefined =>
  (complianceMarkPattern.exec(url) ?? complianceMarkPattern.exec(body))?.[1]

/** Tools, which people also use with the token of a provisioning client. */
export const tools: readonly Fingerprint[] = [
  {
    product: 'scim-compliance',
    name: /^scim-compliance\b/i,
    userAgent: { kind: 'own', example: 'scim-compliance' },
    marks: [
      {
        description: 'names of the form `scim-check-RUN-NUMBER`',
        weight: 'decisive',
        isIn: ({ path, query, body = '' }) =>
          complianceMark({ url: `${path}?${query}`, request: { headers: {}, body } }) !== undefined,
      },
    ],
  },
  {
    product: 'curl',
    name: /^curl\//i,
    userAgent: { kind: 'own', example: 'curl/8.5.0' },
    marks: [],
  },
  {
    product: 'postman',
    name: /^postmanruntime\//i,
    userAgent: { kind: 'own', example: 'PostmanRuntime/7.39.0' },
    marks: [],
  },
]

const toolProducts: ReadonlySet<Product> = new Set(tools.map(({ product }) => product))

/** Whether a product is used beside a provisioning client: it never settles whose token it is. */
export const isTool = (product: Product): boolean => toolProducts.has(product)
