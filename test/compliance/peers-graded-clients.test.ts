import { gradePeers } from './peers/grade-peers.ts'

gradePeers(['entra', 'aws'])
