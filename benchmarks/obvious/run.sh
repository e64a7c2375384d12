#!/bin/sh
# What an analyst types every month: run.sh DATA OUT MONTH [webpdf]. Needs papermill and jupyter on PATH.
set -eu
data=$1 out=$2 month=$3 pdf=${4:-}
here=$(dirname "$0")
for role in cto vp_engineering cfo; do
    papermill --no-progress-bar "$here/$role.ipynb" "$out/$role.ipynb" -p data "$data" -p month "$month"
    jupyter nbconvert --to html --no-input --output-dir "$out" "$out/$role.ipynb"
    if [ "$pdf" = webpdf ]; then
        jupyter nbconvert --to webpdf --no-input --disable-chromium-sandbox --output-dir "$out" "$out/$role.ipynb"
    fi
done
