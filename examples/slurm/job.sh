#!/bin/bash
# A job of fitslice as an array of SLURM. First: fitslice cutouts plan LIST -o /shared/job
#
#   sbatch --array=0-99 job.sh /shared/job 100
#
# What is missing afterwards, because a task has failed or a node has died, is run again by
#
#   sbatch --array=$(fitslice cutouts status /shared/job --of 100 --json | jq -r .array) job.sh /shared/job 100
#
# The number of tasks stays the same; shards that are done are not run again.
#SBATCH --job-name=cutouts
#SBATCH --cpus-per-task=2
#SBATCH --mem=1G
#SBATCH --output=cutouts-%a.log
set -eu
exec fitslice cutouts run "$1" --of "$2" --jobs "${SLURM_CPUS_PER_TASK:-1}"
