// A thread that proves its part of the requests under any dialect, and says how many they were.

import { parentPort, workerData } from 'node:worker_threads';
import { proveDialects } from '../../dialects/prove.ts';

parentPort?.postMessage(await proveDialects(workerData));
