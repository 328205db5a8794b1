"""Run the simulator until interrupted."""

import argparse
import sys
import time
from pathlib import Path

from . import start


def main():
    parser = argparse.ArgumentParser(description="DGII's e-CF services on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--schemas", type=Path, help="folder with DGII's XSD files")
    arguments = parser.parse_args()
    simulator = start(arguments.port, schemas=arguments.schemas)
    sys.stdout.write(f"e-CF {simulator.ecf_url}\nRFCE {simulator.fc_url}\n")
    sys.stdout.flush()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        simulator.stop()


if __name__ == "__main__":
    main()
