import {
  type Fingerprint,
  type Mark,
  type RecognizableRequest,
  type RequestFacts,
  readFacts,
} from './fingerprint.ts'
import { entra, identityProviders } from './identity-providers.ts'
import { openSourceClients } from './open-source.ts'
import type { Product, RecognizedClient } from './products.ts'

/** The compliance suite puts the id of its run into all names: `scim-check-k3f9a-17`. */
const complianceMarkPattern = /scim-check-([a-z\d]{4,})-\d/i

export const complianceMark = ({
  url,
  request: { body = '' },
}: Pick<RecognizableRequest, 'url' | 'request'>): string | undefined =>
  (complianceMarkPattern.exec(url) ?? complianceMarkPattern.exec(body))?.[1]

const tools: readonly Fingerprint[] = [
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

/** All fingerprints. If a User-Agent contains several names, the first one counts. */
export const fingerprints: readonly Fingerprint[] = [
  ...identityProviders,
  ...openSourceClients,
  ...tools,
  // Microsoft's name is also in the names of other products.
  entra,
]

/**
 * The client that a request shows, by this request alone; undefined if it shows none, or if the marks of two clients are
 * equally many. A name in the User-Agent overrules every mark. Without a User-Agent, Entra ID's default PATCH format
 * overrules the marks of others.
 */
export function recognize(exchange: RecognizableRequest): RecognizedClient | undefined {
  const facts = readFacts(exchange)
  const named = nameIn(facts)
  return named ? { product: named, evidence: 'named' } : shapeOf(facts)
}

const nameIn = ({ userAgent }: RequestFacts): Product | undefined =>
  userAgent === '' ? undefined : fingerprints.find(({ name }) => name.test(userAgent))?.product

export function canSend(product: Product, exchange: RecognizableRequest): boolean {
  const facts = readFacts(exchange)
  const fingerprint = fingerprints.find(one => one.product === product)
  const named = nameIn(facts)
  if (!fingerprint || fingerprint.neverSends?.(facts)) return false
  return named === undefined ? allowsUserAgent(fingerprint, facts) : named === product
}

export function hasDecisiveMark(product: Product, exchange: RecognizableRequest): boolean {
  const facts = readFacts(exchange)
  const marks = fingerprints.find(one => one.product === product)?.marks ?? []
  return marks.some(({ weight, isIn }) => weight === 'decisive' && isIn(facts))
}

/** Proxies may remove a User-Agent, so its absence contradicts nothing. */
function allowsUserAgent({ userAgent: sent }: Fingerprint, { userAgent }: RequestFacts): boolean {
  if (userAgent === '') return true
  switch (sent.kind) {
    case 'own':
    case 'none':
      return false
    case 'library':
      return sent.name.test(userAgent)
    case 'unknown':
      return true
  }
}

const markedFingerprints = fingerprints.filter(({ marks }) => marks.length > 0)

type Shape = { readonly product: Product; readonly score: number }

/** A score of two or more is `shaped`; decisive marks outweigh all others together. */
const decisiveScore = 100

function scoreOf(fingerprint: Fingerprint, facts: RequestFacts): number {
  const { userAgent: sent, marks, neverSends } = fingerprint
  if (!allowsUserAgent(fingerprint, facts) || neverSends?.(facts)) return 0
  const found = marks.filter(({ isIn }) => isIn(facts))
  const isSupportOnly = found.every(({ weight }) => weight === 'supporting')
  if (isSupportOnly) return 0
  const library = sent.kind === 'library' && sent.name.test(facts.userAgent) ? 1 : 0
  return found.reduce((sum, mark) => sum + weightOf(mark), library)
}

const weightOf = ({ weight }: Mark): number => (weight === 'decisive' ? decisiveScore : 1)

function shapeOf(facts: RequestFacts): RecognizedClient | undefined {
  const shapes = markedFingerprints
    .map((fingerprint): Shape => ({ product: fingerprint.product, score: scoreOf(fingerprint, facts) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
  const [best, second] = shapes
  if (!best || best.score === second?.score) return undefined
  return { product: best.product, evidence: best.score > 1 ? 'shaped' : 'perhaps' }
}
