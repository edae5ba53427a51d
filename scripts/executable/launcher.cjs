'use strict'
/**
 * The main script of the executable. It writes the files of the program into a cache folder that is named by their hash, once, and runs
 * them from there: threads, migrations and the addon of SQLite have to be files. Only built-in modules can be loaded here.
 */
const fs = require('node:fs')
const module_ = require('node:module')
const os = require('node:os')
const path = require('node:path')
const sea = require('node:sea')
const zlib = require('node:zlib')

const setting = 'SCIMULATOR_CACHE'
const isWindows = process.platform === 'win32'
const millisecondsPerDay = 86_400_000
/** Another version is deleted when it was not started for this long. A process that still runs may load more of its files. */
const keptDays = 30

/** The prebuilt addon of SQLite needs this version of the GNU C library; Node.js itself needs an earlier one. */
const neededLibrary = [2, 34]

class LauncherError extends Error {}

/** @returns {string} */
function cacheFolder() {
  const { [setting]: chosen, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env
  if (chosen) return path.resolve(chosen)
  const base = isWindows ? local : xdg
  if (base && path.isAbsolute(base)) return path.join(base, 'scimulator')
  const home = homeFolder()
  // Without a home, such as in an empty container, each user has a folder among the temporary files.
  if (home === undefined) return path.join(os.tmpdir(), `scimulator-${process.getuid?.() ?? 'cache'}`)
  return path.join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'scimulator')
}

function homeFolder() {
  try {
    return os.homedir() || undefined
  } catch {
    // Neither HOME nor an entry in /etc/passwd.
    return undefined
  }
}

/** Another user could have prepared a folder among the temporary files. @param {string} folder @param {number} refusedMode */
function requireOwn(folder, refusedMode) {
  const { uid, mode } = fs.lstatSync(folder)
  if (isWindows) return
  if (uid !== process.getuid?.() || !fs.lstatSync(folder).isDirectory() || (mode & refusedMode) !== 0)
    throw new LauncherError(
      `${folder} belongs to another user, or others may write to it. Delete it, or set ${setting} to a folder of your own.`,
    )
}

/** A length of 4 bytes, a list of names and sizes as JSON, and the bytes of the files. @param {Buffer} packed @param {string} folder */
function unpack(packed, folder) {
  const start = 4 + packed.readUInt32LE(0)
  /** @type {readonly (readonly [name: string, size: number])[]} */
  const files = JSON.parse(packed.toString('utf8', 4, start))
  let at = start
  for (const [name, size] of files) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    fs.writeFileSync(file, packed.subarray(at, at + size), { mode: 0o600 })
    at += size
  }
}

/** A folder with the final name is complete, because it is renamed. @param {string} base @param {string} folder */
function unpackInto(base, folder) {
  const own = fs.mkdtempSync(path.join(base, '.new-'))
  try {
    unpack(zlib.zstdDecompressSync(Buffer.from(sea.getRawAsset('program'))), own)
    fs.renameSync(own, folder)
  } catch (error) {
    fs.rmSync(own, { recursive: true, force: true })
    // Another process was faster.
    if (!fs.existsSync(folder)) throw error
  }
}

/** Deletes what interrupted starts and other versions left. @param {string} base @param {string} folder */
function deleteOld(base, folder) {
  for (const name of fs.readdirSync(base)) {
    const old = path.join(base, name)
    const days = name.startsWith('.new-') ? 1 : keptDays
    if (old === folder || !/^(\.new-.+|[\da-f]{64})$/.test(name)) continue
    if (Date.now() - fs.lstatSync(old).mtimeMs > days * millisecondsPerDay)
      fs.rmSync(old, { recursive: true, force: true })
  }
}

/** Returns the folder of the program's files. */
function prepare() {
  const base = cacheFolder()
  const folder = path.join(base, sea.getAsset('hash', 'utf8'))
  try {
    fs.mkdirSync(base, { recursive: true, mode: 0o700 })
    requireOwn(base, 0o022)
    if (!fs.existsSync(folder)) unpackInto(base, folder)
    requireOwn(folder, 0o077)
  } catch (error) {
    if (error instanceof LauncherError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new LauncherError(`cannot write its files to ${folder}: ${reason}. Set ${setting} to a folder that can be written.`)
  }
  try {
    const now = new Date()
    fs.utimesSync(folder, now, now)
    deleteOld(base, folder)
  } catch {
    // Another process deletes them, too.
  }
  return folder
}

function requireLibrary() {
  if (process.platform !== 'linux') return
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  const [major = 0, minor = 0] = (header.glibcVersionRuntime ?? '').split('.').map(Number)
  const [neededMajor = 0, neededMinor = 0] = neededLibrary
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return
  throw new LauncherError(
    `needs the GNU C library ${neededLibrary.join('.')} or later, and this system has ${header.glibcVersionRuntime ?? 'another one'}. Use the container image.`,
  )
}

try {
  requireLibrary()
  const before = process.umask(0o077)
  const folder = prepare()
  const compiled = path.join(folder, 'compiled')
  // The variable is for threads, which inherit the environment and not the cache.
  process.env.NODE_COMPILE_CACHE = compiled
  module_.enableCompileCache(compiled)
  process.umask(before)
  module_.createRequire(path.join(folder, 'boot.cjs'))('./boot.cjs')
} catch (error) {
  if (!(error instanceof LauncherError)) throw error
  process.stderr.write(`scimulator ${error.message}\n`)
  process.exitCode = 1
}
