"""Reads through the store that docs/dask.md defines, what is whole and what is not.

Input: {"recipe": the code of the page, "jobs": [{"name", "where", "options", "group", "array", "field"}]}. Output: {name: what was
read}: the sum of the array, or of a column of a table, or the kind of error and its first line.
"""

import json
import sys
import warnings

import fits_codecs  # noqa: F401

warnings.simplefilter("ignore")


def read(job):
    store = FitsStore(job["where"], **job["options"])  # noqa: F821
    if "field" in job:
        records = zarr.open_group(store, mode="r")[f"{job['group']}/{job['array']}"]  # noqa: F821
        return float(records[job["field"]].sum())
    dataset = xr.open_dataset(store, engine="zarr", group=job["group"], chunks={})  # noqa: F821
    return float(dataset[job["array"]].sum().compute())


def outcome(job):
    try:
        return read(job)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def main():
    given = json.load(sys.stdin)
    exec(compile(given["recipe"], "<docs/dask.md>", "exec"), globals())
    found = {job["name"]: outcome(job) for job in given["jobs"]}
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as cluster, Client(cluster):
        found.update({f"{job['name']} by a worker": outcome(job) for job in given["jobs"] if job.get("remote")})
    print(json.dumps(found))


# Workers of a cluster load this file again.
if __name__ == "__main__":
    main()
