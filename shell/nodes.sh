# shellcheck shell=bash
# Sourced by train.sh: how many processes on how many machines. `recipes begin` checks the numbers.
#
#   NPROC_PER_NODE  processes of this machine: one a GPU      MASTER_ADDR  address of node 0, for all nodes
#   NNODES          machines                                  MASTER_PORT  a free port of node 0 (29500)
#   NODE_RANK       number of this machine, from 0            NODE_WAIT    seconds to wait for node 0 (600)
# Node 0 alone writes the kit's files; the others write OUT/train.node1.log, … and hold a lock of their own.

spread() { # RECIPE: NPROC_PER_NODE where a recipe for several processes, or several machines, leave it open
    local cards
    if [[ -n ${NPROC_PER_NODE:-} || (${NNODES:-1} == 1 && ! $1 =~ \+(ddp|zero|fsdp)) ]]; then return; fi
    cards=$({ nvidia-smi -L 2> /dev/null || true; } | grep -c '^GPU' || true)
    if [[ -n ${CUDA_VISIBLE_DEVICES:-} ]]; then cards=$(tr ',' '\n' <<< "$CUDA_VISIBLE_DEVICES" | grep -c .); fi
    if [[ $cards == 0 ]]; then cards=2; fi # CPU: two processes, to see it work
    export NPROC_PER_NODE=$cards
}

meet() { # where the processes find each other: a free port on one machine; several agree on MASTER_PORT
    if [[ -n ${NPROC_PER_NODE:-} && ${NNODES:-1} == 1 && -z ${MASTER_PORT:-} ]]; then
        MASTER_PORT=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    fi
    if [[ -n ${NPROC_PER_NODE:-} ]]; then export MASTER_PORT=${MASTER_PORT:-29500}; fi
}

own_cards() { # RECIPE FLAGS...: a GPU for each process and no more, else swift spreads one model over several
    local cards
    command -v nvidia-smi > /dev/null || return 0
    cards=$(recipes cards --recipe "$1" -- "${@:2}")
    if [[ -z $cards ]]; then return; fi
    export CUDA_VISIBLE_DEVICES=$cards CUDA_DEVICE_ORDER=PCI_BUS_ID # nvidia-smi's order
    say "GPU $cards of several; NPROC_PER_NODE=… takes more"
}

follower() { [[ ${NNODES:-1} != 1 && ${NODE_RANK:-0} != 0 ]]; }

if follower && [[ $NODE_RANK =~ ^[0-9]+$ ]]; then SCRIPT=$SCRIPT.node$NODE_RANK; fi
