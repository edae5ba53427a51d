import type { OperationName } from '../profiles/profile.ts'
import type { NewFault } from './fault.ts'

/** A fault that provisioning clients meet in real life, ready to be armed. */
export type FaultPreset = {
  readonly id: string
  readonly name: string
  /** What happens, and what a client should make of it. */
  readonly description: string
  readonly fault: NewFault
}

const writes = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
const creates: readonly OperationName[] = ['create']

const page = `<!DOCTYPE html>
<html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>
`

const preset = (
  id: string,
  name: string,
  description: string,
  fault: Omit<NewFault, 'name'>,
): FaultPreset => ({
  id,
  name,
  description,
  fault: { name, ...fault },
})

export const presets: readonly FaultPreset[] = [
  preset(
    'throttled',
    'Throttled',
    'Every third write is answered 429 with Retry-After: 30. The client has to wait and send it again.',
    { match: { methods: writes, every: 3 }, effect: { kind: 'status', status: 429, retryAfter: 30 } },
  ),
  preset(
    'throttling-burst',
    'Throttling as on AWS',
    'The next 10 writes are answered 429 without Retry-After, as when more than 25 come in a second. The client has to slow down by itself.',
    { match: { methods: writes }, effect: { kind: 'status', status: 429 }, times: 10 },
  ),
  preset(
    'failing-creates',
    'Creates fail',
    'Every create is answered 500, and nothing is created. The client has to try again later, and not to give up the rest.',
    { match: { operations: creates }, effect: { kind: 'status', status: 500 } },
  ),
  preset(
    'unavailable',
    'Service unavailable',
    'Everything is answered 503. The client has to stop and come back.',
    { match: {}, effect: { kind: 'status', status: 503 } },
  ),
  preset(
    'expired-token',
    'Expired token',
    'Everything is answered 401 as with a token that has expired. The client should tell its administrator.',
    { match: {}, effect: { kind: 'token-expired' } },
  ),
  preset('slow', 'Slow answers', 'Every request is carried out 5 seconds late. The client has to wait.', {
    match: {},
    effect: { kind: 'delay', milliseconds: 5_000 },
  }),
  preset(
    'time-out',
    'Time-out',
    'Every write is carried out 110 seconds late; Entra ID gives up after 100. What was written though nobody waited has to be found by the next attempt.',
    { match: { methods: writes }, effect: { kind: 'delay', milliseconds: 110_000 } },
  ),
  preset(
    'lost-creates',
    'Lost answers of creates',
    'What is created is there, but its answer never arrives. The client has to find it instead of creating it twice.',
    { match: { operations: creates }, effect: { kind: 'reset', when: 'after' } },
  ),
  preset(
    'connection-reset',
    'Connection reset',
    'Every third request finds its connection cut before anything is carried out. The client has to connect again.',
    { match: { every: 3 }, effect: { kind: 'reset', when: 'before' } },
  ),
  preset(
    'truncated',
    'Truncated bodies',
    'Writes are carried out, but half of the answer is missing: JSON that ends in the middle. The client has to find out what became of them.',
    { match: { methods: writes }, effect: { kind: 'truncate' } },
  ),
  preset(
    'sign-in-page',
    'A page instead of JSON',
    'Everything is answered 200 with the HTML of a proxy that wants a sign-in. The client must not take it for success.',
    {
      match: {},
      effect: { kind: 'body', status: 200, mediaType: 'text/html; charset=utf-8', body: page },
    },
  ),
  preset(
    'look-ups-not-found',
    'Look-ups answered 404',
    'Every list and filter is answered 404 instead of an empty list. Entra ID takes the endpoint for no SCIM server and quarantines its job.',
    { match: { operations: ['list'] }, effect: { kind: 'status', status: 404 } },
  ),
  preset(
    'empty-creates',
    'Empty answers of creates',
    'What is created is there, but it is answered 200 with no body, and so without its id. The client has to look it up.',
    {
      match: { operations: creates },
      effect: { kind: 'body', status: 200, mediaType: 'application/scim+json', body: '' },
    },
  ),
  preset(
    'failure-in-mid-cycle',
    'One failure in mid-cycle',
    'The sixth write from now is answered 500, once. The client has to mend that one thing and leave the rest alone.',
    { match: { methods: writes, skip: 5 }, effect: { kind: 'status', status: 500 }, times: 1 },
  ),
  preset(
    'failing-memberships',
    'Memberships fail',
    'Every PATCH of a group is answered 500. Users are provisioned, and who is in which group has to be tried again.',
    { match: { type: 'Group', operations: ['patch'] }, effect: { kind: 'status', status: 500 } },
  ),
]
