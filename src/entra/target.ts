import type { WireAnswer, WireRequest } from './wire.ts'

/** The SCIM endpoint that is provisioned to. Never rejects: what goes wrong on the way is an answer too. */
export type Target = (request: WireRequest) => Promise<WireAnswer>
