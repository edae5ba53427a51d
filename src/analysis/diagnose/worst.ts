import type { Severity } from '../finding.ts'
import { findingKindOf } from './diagnose.ts'

const gravity: readonly Severity[] = ['error', 'warning', 'note']

/** The severity of the worst of some findings, by their ids; undefined when none of them is known. */
export const worstOf = (ids: readonly string[]): Severity | undefined =>
  gravity.find(severity => ids.some(id => findingKindOf(id)?.severity === severity))
