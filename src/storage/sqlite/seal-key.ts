import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseError } from '../../domain/ports/database.ts'
import { privateFileMode, restrictAccess, writeFileAtomically } from '../common/private-files.ts'
import { minSealKeyLength, newSealKey } from '../common/seal.ts'

export const sealKeyPath = (database: string): string => `${database}.seal-key`

export function readSealKey(database: string): string {
  const path = sealKeyPath(database)
  const key = readOrCreate(path)
  if (key.length >= minSealKeyLength) return key
  throw new DatabaseError(
    `The file ${path} with the encryption key of access keys is damaged. Restore it from a backup, or remove it and replace the access keys.`,
  )
}

function readOrCreate(path: string): string {
  try {
    if (!existsSync(path)) writeFileAtomically(path, part => writeFileSync(part, `${newSealKey()}\n`))
    restrictAccess(path, privateFileMode)
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new DatabaseError(
      `The file ${path} with the encryption key of access keys cannot be read or created (${(error as NodeJS.ErrnoException).code ?? error}). Check its permissions and those of its folder, or set SCIMULATOR_SEAL_KEY.`,
      { cause: error },
    )
  }
}
