import { parentPort, workerData } from 'node:worker_threads'
import type { ObjectMapping } from '../../provisioning/entra/mapping/mapping.ts'
import { compact } from '../../scim/json.ts'
import { PreflightError, type PreflightMistake } from './preflight-error.ts'
import { readMappingOf } from './preflight-files.ts'

export type MappingLine = { readonly source: string; readonly target: string; readonly matching?: number }

export type MappingLines = { readonly users: readonly MappingLine[]; readonly groups: readonly MappingLine[] }

export type MappingThreadMessage = MappingLines | { readonly mistakes: readonly PreflightMistake[] }

const linesOf = ({ attributes }: ObjectMapping): readonly MappingLine[] =>
  attributes.map(({ written, target, matching }) => ({ source: written, target, ...compact({ matching }) }))

function read(text: string): MappingThreadMessage {
  try {
    const { users, groups } = readMappingOf(text, 'aws').mapping
    return { users: linesOf(users), groups: linesOf(groups) }
  } catch (error) {
    if (error instanceof PreflightError) return { mistakes: error.mistakes }
    throw error
  }
}

parentPort?.postMessage(read(workerData))
