import type { Product } from './products.ts'
import type { RequestFacts } from './request-facts.ts'

/** A property of a request that few clients share. */
export type Mark = {
  /** A noun phrase, in Markdown: "a 20-character `externalId` that begins with `00u`". */
  readonly description: string
  /**
   * `decisive`: no other client is known to send it, so it is as good as two marks. `supporting`: several clients send it, so it
   * counts only next to another mark.
   */
  readonly weight?: 'decisive' | 'supporting'
  readonly isIn: (facts: RequestFacts) => boolean
}

/**
 * What a product sends as its User-Agent. `own`: a name of its own; `library`: that of its HTTP library, which is a supporting
 * mark; `none`; `unknown`: not recorded, so that no User-Agent contradicts its marks.
 */
export type SentUserAgent =
  | { readonly kind: 'own'; readonly example: string }
  | { readonly kind: 'library'; readonly name: RegExp; readonly example: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }

/** How requests show a product. */
export type Fingerprint = {
  readonly product: Product
  /** Its name in a User-Agent, in any case and of any version. */
  readonly name: RegExp
  readonly userAgent: SentUserAgent
  readonly marks: readonly Mark[]
  /** Whether the product never sends such a request. */
  readonly neverSends?: (facts: RequestFacts) => boolean
}
