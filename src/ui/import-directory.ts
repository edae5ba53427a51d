import { tarEnd, tarHeader, tarPadding } from '../domain/tar.ts'
import { call } from './api.ts'
import { loadTenants } from './state.ts'

export const exportFileTypes = '.zip,.tar,.gz,.tgz,.json'

/** Imports an archive, or the files of an AWS export, as a read-only tenant, and returns its ID. Throws ApiProblem. */
export async function importDirectory(files: readonly File[]): Promise<string> {
  const [file] = files
  if (!file) throw new Error('No file was chosen.')
  const isArchive = files.length === 1 && !/\.json$/i.test(file.name)
  const name = isArchive ? file.name : (file.webkitRelativePath.split('/')[0] ?? '')
  const parts = isArchive ? [file] : [...files.flatMap(toTar), tarEnd]
  const body = new Blob(parts, { type: 'application/octet-stream' })
  const { tenant } = await call('POST /tenants/import', {
    query: { ...(name !== '' && { name }) },
    body,
  })
  await loadTenants()
  return tenant.id
}

const toTar = (file: File) => [
  tarHeader(file.webkitRelativePath || file.name, file.size),
  file,
  tarPadding(file.size),
]
