"""The arq worker: two queues in one process, thin jobs, and the sweeper that needs no queue."""
