import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { parentPort } from 'node:worker_threads'
import { lowerPriority } from '../../../domain/event-loop/priority.ts'
import { InputError } from './input-error.ts'
import { type CheckInput, type Inspection, inspectResponse } from './inspect.ts'

export type InspectionMessage =
  | { readonly inspection: Inspection }
  | { readonly field: InputError['field']; readonly message: string }

function inspect(input: CheckInput): InspectionMessage {
  try {
    return { inspection: inspectResponse(input) }
  } catch (error) {
    if (error instanceof InputError) return { field: error.field, message: error.message }
    // Any other message may quote the response.
    return { field: 'response', message: 'The response cannot be read.' }
  }
}

// The parser of the library for signatures prints what it does not like, which quotes the response.
globalThis.console = new Console(new Writable({ write: (_chunk, _encoding, done) => done() }))

lowerPriority()
parentPort?.on('message', (input: CheckInput) => parentPort?.postMessage(inspect(input)))
