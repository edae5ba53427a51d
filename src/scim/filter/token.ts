import type { CompareOperator } from './bound-filter.ts'

/** A piece of a filter that knows what part it plays (RFC 7644 figure 1). `at` counts from 0. */
export type FilterToken =
  | { readonly role: 'name'; readonly text: string; readonly at: number }
  /** The sub-attribute after a value path, without its dot. */
  | { readonly role: 'sub'; readonly text: string; readonly at: number }
  | { readonly role: 'comparison'; readonly text: CompareOperator; readonly at: number }
  | ValueToken
  | {
      readonly role: 'presence' | 'connective' | 'not' | 'open' | 'close'
      readonly text: string
      readonly at: number
    }

export type ValueToken = {
  readonly role: 'value'
  readonly text: string
  readonly at: number
  readonly quoted: boolean
  readonly value: string | number | boolean | null
}
