import { parentPort, workerData } from 'node:worker_threads'
import { sendResult } from '../../domain/event-loop/file-thread.ts'
import type { ObjectMapping } from '../../provisioning/entra/mapping/mapping.ts'
import { compact } from '../../scim/json.ts'
import { mistakesOf } from './preflight-error.ts'
import { readMappingOf } from './preflight-files.ts'

export type MappingLine = { readonly source: string; readonly target: string; readonly matching?: number }

export type MappingLines = { readonly users: readonly MappingLine[]; readonly groups: readonly MappingLine[] }

const linesOf = ({ attributes }: ObjectMapping): readonly MappingLine[] =>
  attributes.map(({ written, target, matching }) => ({ source: written, target, ...compact({ matching }) }))

async function read(text: string): Promise<MappingLines> {
  const { users, groups } = readMappingOf(text, 'aws').mapping
  return { users: linesOf(users), groups: linesOf(groups) }
}

if (parentPort) await sendResult(parentPort, [], () => read(workerData), mistakesOf)
