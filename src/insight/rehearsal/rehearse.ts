import type { Rehearsal, RehearsalInput } from '../../domain/contract/rehearsal.ts'
import type { Run, Setup } from './setup.ts'

export type RehearsalRequest = Pick<Setup, 'directory' | 'profile' | 'now'> &
  Omit<RehearsalInput, 'at'> & { readonly warnings?: readonly string[] }

/** Plays a change of the identity provider against an AWS directory. Throws `RehearsalError`. */
export async function rehearse(_request: RehearsalRequest, _run: Run): Promise<Rehearsal> {
  throw new Error('Not implemented.')
}
