import { once } from 'node:events'
import { Session } from 'node:inspector/promises'

type Usage = { readonly usedSize: number; readonly backingStorageSize?: number }

/**
 * The live memory of a process in MB: its heap, and the buffers that the heap references, after a full collection.
 * Resident memory is no measure of it, since V8 decides when to collect. Read through Node's inspector, whose address the
 * process prints when it starts with `--inspect`.
 */
export async function liveMemory(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector)
  await once(socket, 'open')
  try {
    return await collected(method => callApi(socket, method))
  } finally {
    socket.close()
  }
}

/** The live memory of this process. */
export async function ownLiveMemory(): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    return await collected(method => session.post(method))
  } finally {
    session.disconnect()
  }
}

async function collected(callApi: (method: string) => Promise<unknown>): Promise<number> {
  await callApi('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize = 0 } = (await callApi('Runtime.getHeapUsage')) as Usage
  return (usedSize + backingStorageSize) / 1e6
}

/** One request at a time, so that the next message is its response. */
async function callApi(socket: WebSocket, method: string): Promise<unknown> {
  socket.send(JSON.stringify({ id: 1, method }))
  const [{ data }] = (await once(socket, 'message')) as [MessageEvent]
  const { result, error } = JSON.parse(String(data))
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}
