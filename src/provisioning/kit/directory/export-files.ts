import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { readTextFile } from './read-directory.ts'

export type ExportFiles<ListName extends string> = Partial<Record<ListName, readonly JsonObject[]>> & {
  readonly members: Readonly<Record<string, readonly JsonObject[]>>
  readonly cut: readonly string[]
}

/**
 * Reads responses of a directory's API: one file with the lists, or a folder with a file for each, and with the members of a
 * group in `members/<group>.json`. A list is an array, or an object that has it under its name. Undefined if it can't be such
 * an export: `readDirectory` then reports what is wrong.
 */
export async function readExport<ListName extends string>(
  path: string,
  listNames: readonly ListName[],
): Promise<ExportFiles<ListName> | undefined> {
  const isFolder = await stat(path).then(
    entry => entry.isDirectory(),
    () => undefined,
  )
  if (isFolder === undefined) return undefined
  if (!isFolder) {
    const json = await jsonIn(path)
    const lists: JsonObject = isObject(json) ? json : { users: json ?? null }
    return { ...withLists(listNames, name => lists[name]), members: {}, cut: isCut(json) ? ['users'] : [] }
  }
  const files = Object.fromEntries(
    await Promise.all(listNames.map(async name => [name, await jsonIn(join(path, `${name}.json`))] as const)),
  )
  return {
    ...withLists(listNames, name => listIn(files[name], name)),
    members: await membersIn(join(path, 'members')),
    cut: listNames.filter(name => isCut(files[name])).map(name => `${name}.json`),
  }
}

function withLists<ListName extends string>(
  listNames: readonly ListName[],
  listNamed: (name: ListName) => Json | undefined,
): Partial<Record<ListName, readonly JsonObject[]>> {
  const lists: Partial<Record<ListName, readonly JsonObject[]>> = {}
  for (const name of listNames) {
    const list = listNamed(name)
    if (Array.isArray(list)) lists[name] = list.filter(isObject)
  }
  return lists
}

const isCut = (json: Json | undefined): boolean =>
  isObject(json) && typeof json.nextPageToken === 'string' && json.nextPageToken !== ''

const listIn = (json: Json | undefined, name: string): Json | undefined =>
  isObject(json) ? json[name] : json

async function membersIn(folder: string): Promise<Readonly<Record<string, readonly JsonObject[]>>> {
  const names = await readdir(folder).catch(() => [])
  const files = names.filter(name => /\.json$/i.test(name)).sort()
  const lists = await Promise.all(
    files.map(async name => {
      const list = listIn(await jsonIn(join(folder, name)), 'members')
      return [name.replace(/\.json$/i, ''), Array.isArray(list) ? list.filter(isObject) : []] as const
    }),
  )
  return Object.fromEntries(lists)
}

async function jsonIn(path: string): Promise<Json | undefined> {
  try {
    return JSON.parse((await readTextFile(path)) ?? '')
  } catch {
    return undefined
  }
}
