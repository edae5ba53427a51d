import {
  type Certainty,
  certainties,
  type Provenance,
  type RecordedRequest,
  type Recording,
} from './recording.ts'

export type Review = {
  readonly requests: number
  readonly byCertainty: Readonly<Record<Certainty, number>>
  readonly lacks: readonly string[]
  /** Email addresses that do not belong to a reserved domain (RFC 2606), in their order. */
  readonly addresses: readonly string[]
}

export function reviewRecording({ provenance, requests }: Recording): Review {
  const certaintyOf = (request: RecordedRequest) => request.certainty ?? provenance.certainty
  const counts = certainties.map(
    certainty => [certainty, requests.filter(one => certaintyOf(one) === certainty).length] as const,
  )
  return {
    requests: requests.length,
    byCertainty: Object.fromEntries(counts) as Record<Certainty, number>,
    lacks: [...lacksOf(provenance), ...sourcesLacking(provenance, requests, certaintyOf)],
    addresses: realAddresses(JSON.stringify(requests)),
  }
}

const lacksOf = ({ client, capture, personalData }: Provenance): readonly string[] => [
  ...(client.product === undefined ? ['client.product is missing: which product sent the requests.'] : []),
  ...(capture.date === undefined ? ['capture.date is missing: the day of the first request.'] : []),
  ...(capture.how !== 'composed' && capture.server === undefined
    ? ['capture.server is missing: which server responded.']
    : []),
  ...(personalData === 'kept'
    ? ['personalData is "kept": `scimulator recording create --replace-personal-data` replaces it.']
    : []),
]

function sourcesLacking(
  { source }: Provenance,
  requests: readonly RecordedRequest[],
  certaintyOf: (request: RecordedRequest) => Certainty,
): readonly string[] {
  if (source !== undefined) return []
  const lacking = requests.filter(
    request =>
      request.source === undefined && ['observed', 'documented', 'inferred'].includes(certaintyOf(request)),
  ).length
  return lacking === 0
    ? []
    : [`source is missing for ${lacking} of the requests: what their certainty is based on.`]
}

const addressPattern = /(?<![\w.+'-])[\w.+'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/gi
const reserved = /(?:@|%40)(?:.+\.)?(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/i

const realAddresses = (text: string): readonly string[] => [
  ...new Set(
    [...text.matchAll(addressPattern)].map(([found]) => found).filter(found => !reserved.test(found)),
  ),
]
