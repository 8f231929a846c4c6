import { createMemoryStore } from '../../src/stores/memory.ts';
import { describeStoreContract } from '../helpers/store-contract.ts';

describeStoreContract('the memory store', () => ({ store: createMemoryStore() }));
