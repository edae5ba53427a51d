import type { FindingKind } from '../../../domain/ports/analysis.ts'
import { compact } from '../../../scim/json.ts'
import { isConvincing, type Product, type RecognizedClient } from '../../../scim/recognition/products.ts'

export type FindingTexts = Omit<FindingKind, 'reasons' | 'remedies'> & {
  readonly product?: Product
}

/** The texts of a finding for the client that caused it. A client that is only perhaps this product gets the general ones. */
export function textsFor(
  { reasons, remedies, ...kind }: FindingKind,
  client: RecognizedClient | undefined,
): FindingTexts {
  const product = client && isConvincing(client) ? client.product : undefined
  const remedy = product && remedies?.[product]
  return {
    ...kind,
    ...compact({ reason: product && reasons?.[product], remedy }),
    ...(remedy !== undefined && compact({ product })),
  }
}
