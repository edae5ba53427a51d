import type { Check } from '../../check.ts'
import { schemasCheck } from './areas.ts'

const tooStrict = 'Clients build requests from /Schemas, so they can create nothing.'

const acceptsRequired = (name: string, of: 'users' | 'groups'): Check =>
  schemasCheck(name, 'IP-03', '5.1', 'MUST', {
    description: `POST of a body with the attributes that /Schemas declares as required creates one of the ${of}.`,
    rationale: tooStrict,
    remedy: 'Declare each attribute as required without which a create is rejected.',
    needs: ['write', of],
    request: { post: {}, of },
    expect: { status: [201] },
  })

export const schemaChecks: readonly Check[] = [
  acceptsRequired('create-user', 'users'),
  acceptsRequired('create-group', 'groups'),
]
