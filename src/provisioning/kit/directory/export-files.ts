import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { type DirectoryText, readTextFile } from './read-directory.ts'

export type ExportFiles<ListName extends string> = Partial<Record<ListName, readonly JsonObject[]>> & {
  readonly members: Readonly<Record<string, readonly JsonObject[]>>
  readonly cut: readonly string[]
}

/**
 * Reads responses of a directory's API: one file with the lists, or a folder with a file for each, and with the members of a
 * group in `members/<group>.json`. A list is an array, or an object that has it under its name. Undefined if there are none:
 * `readDirectory` then reports what is wrong.
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
  const members = await readdir(join(path, 'members')).catch(() => [])
  const names = [...listNames.map(fileOf), ...members.sort().map(name => `members/${name}`)]
  const read = async (name: string) => ({
    name,
    text: (await readTextFile(join(path, name)).catch(() => undefined)) ?? '',
  })
  return readExportTexts(await Promise.all(isFolder ? names.map(read) : [read('')]), listNames)
}

const fileOf = (list: string) => `${list}.json`

/** As `readExport`, for files whose names are those in the folder. Another file alone may have all lists. */
export function readExportTexts<ListName extends string>(
  files: readonly DirectoryText[],
  listNames: readonly ListName[],
): ExportFiles<ListName> {
  const [only] = files
  if (only && files.length === 1) {
    const json = jsonIn(only.text)
    const lists: JsonObject = isObject(json) ? json : { users: json ?? null }
    return { ...withLists(listNames, name => lists[name]), members: {}, cut: isCut(json) ? ['users'] : [] }
  }
  const jsons = new Map(files.map(({ name, text }) => [name, jsonIn(text)]))
  const members = [...jsons].flatMap(([name, json]) => {
    if (!name.startsWith('members/') || !/\.json$/i.test(name)) return []
    const list = listIn(json, 'members')
    const group = name.slice('members/'.length, -'.json'.length)
    return [[group, Array.isArray(list) ? list.filter(isObject) : []] as const]
  })
  return {
    ...withLists(listNames, name => listIn(jsons.get(fileOf(name)), name)),
    members: Object.fromEntries(members),
    cut: listNames.map(fileOf).filter(name => isCut(jsons.get(name))),
  }
}

/** What messages about all of the files begin with. */
export const placeOf = (files: readonly DirectoryText[]): string =>
  files.length === 1 && files[0] ? files[0].name : 'the export'

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

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}
