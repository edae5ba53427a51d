import type { Severity } from '../finding.ts'
import { findingKinds } from './diagnose.ts'

const gravity: readonly Severity[] = ['error', 'warning', 'note']
const severities = new Map(findingKinds.map(({ id, severity }) => [id, severity]))

/** The severity of the worst of some findings, by their ids; undefined when none of them is known. */
export const worstOf = (ids: readonly string[]): Severity | undefined =>
  gravity.find(severity => ids.some(id => severities.get(id) === severity))
